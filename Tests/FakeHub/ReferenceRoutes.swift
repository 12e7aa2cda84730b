extension Exchange {
  private struct TagRequest: Decodable {
    let tag: String
    let message: String?
  }

  func createTag(in key: RepositoryKey, at revision: String) throws -> Response {
    let request = try decoded(TagRequest.self)
    _ = try writableRepository(key)
    guard isReference(request.tag) else {
      throw Refusal.badRequest("Invalid tag: \(request.tag)")
    }
    try change(key) { repository in
      let commit = try commit(repository, at: revision)
      guard repository.tags[request.tag] == nil else {
        throw Refusal(409, nil, "Tag already exists: \(request.tag)")
      }
      repository.tags[request.tag] = commit.id
    }
    return .text("OK")
  }

  func deleteTag(_ tag: String, in key: RepositoryKey) throws -> Response {
    _ = try writableRepository(key)
    try change(key) { repository in
      guard repository.tags.removeValue(forKey: tag) != nil else {
        throw Refusal.revisionNotFound(tag)
      }
    }
    return .text("OK")
  }

  private struct BranchRequest: Decodable {
    let startingPoint: String?
  }

  func createBranch(_ branch: String, in key: RepositoryKey) throws -> Response {
    let request = try decoded(BranchRequest.self)
    _ = try writableRepository(key)
    guard isReference(branch), !branch.hasPrefix("refs/") else {
      throw Refusal.badRequest("Invalid reference for a branch: \(branch)")
    }
    try change(key) { repository in
      let commit = try commit(repository, at: request.startingPoint ?? "main")
      guard repository.branches[branch] == nil else {
        throw Refusal(409, nil, "Reference already exists: refs/heads/\(branch)")
      }
      repository.branches[branch] = commit.id
    }
    return .text("OK")
  }

  func deleteBranch(_ branch: String, in key: RepositoryKey) throws -> Response {
    _ = try writableRepository(key)
    if branch == "main" { throw Refusal.forbidden("The branch main cannot be deleted.") }
    try change(key) { repository in
      guard repository.branches.removeValue(forKey: branch) != nil else {
        throw Refusal.revisionNotFound(branch)
      }
    }
    return .text("OK")
  }

  private func isReference(_ name: String) -> Bool {
    !name.isEmpty && !name.contains("..") && !name.hasPrefix("/") && !name.hasSuffix("/")
      && !name.unicodeScalars.contains { $0.value <= 32 || "~^:?*[\\".unicodeScalars.contains($0) }
  }
}
