import Foundation

extension Exchange {
  func whoAmI() throws -> Response {
    guard let account = try account() else { throw Refusal.notSignedIn }
    return .json(account.json)
  }

  private struct RepositoryRequest: Decodable {
    let name: String
    let organization: String?
    let type: String?
    let `private`: Bool?
    let visibility: String?
  }

  func createRepository() throws -> Response {
    let request = try decoded(RepositoryRequest.self)
    guard let account = try account() else { throw Refusal.notSignedIn }
    let key = try key(of: request, account)
    let address: JSON = .string("\(core.endpoint)/\(key.kind.addressPrefix)\(key.id)")
    guard account.mayCreate(in: key.owner, key) else {
      throw Refusal.forbidden(
        "You don't have the rights to create a \(key.kind) under the namespace \"\(key.owner)\"")
    }
    guard isName(request.name) else {
      throw Refusal.badRequest("Invalid repository name: \(request.name)")
    }
    var repository = Repository(key: key)
    repository.isPrivate = request.private ?? (request.visibility == "private")
    let attributes = core.settings.lfsExtensions.sorted()
      .map { "*.\($0) filter=lfs diff=lfs merge=lfs -text\n" }.joined()
    let files =
      core.settings.addsGitAttributes
      ? [".gitattributes": try StoredFile(bytes: Array(attributes.utf8))] : [:]
    try repository.add(files, title: "initial commit", author: account.user.name, branch: "main")
    let made = repository
    let isNew = core.state.withLock { state in
      if state.repositories[key] != nil { return false }
      state.repositories[key] = made
      state.renamed[key] = nil
      return true
    }
    guard isNew else {
      throw Refusal(
        409, nil, "You already created this \(key.kind) repo", extra: ["url": address])
    }
    return .json(["url": address, "name": .string(key.id), "id": .string("repo-\(key.id)")])
  }

  func deleteRepository() throws -> Response {
    let request = try decoded(RepositoryRequest.self)
    guard let account = try account() else { throw Refusal.notSignedIn }
    let key = try key(of: request, account)
    _ = try writableRepository(key)
    core.state.withLock { $0.repositories[key] = nil }
    return .text("OK")
  }

  private func key(of request: RepositoryRequest, _ account: Account) throws -> RepositoryKey {
    guard let kind = RepositoryKind(rawValue: request.type ?? "model") else {
      throw Refusal.badRequest("This hub has models and datasets only.")
    }
    let owner = request.organization ?? account.user.name
    return RepositoryKey(kind: kind, id: "\(owner)/\(request.name)")
  }

  /// As the hub's rule for names of repositories.
  private func isName(_ name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        || "-._".utf8.contains($0)
    }
    return isPlain && (1...96).contains(name.utf8.count) && !name.hasPrefix("-")
      && !name.hasPrefix(".") && !name.hasSuffix(".") && !name.hasSuffix("-")
      && !name.contains("..") && !name.contains("--") && !name.hasSuffix(".git")
  }
}

extension Exchange {
  private struct CardRequest: Decodable {
    let content: String
  }

  /// Holds the head of a card against the little of YAML that a typing error breaks.
  func validateCard() throws -> Response {
    let isForm = head.header("Content-Type")?.contains("form-urlencoded") ?? false
    let content: String
    if isForm {
      let form = formDecoded(String(decoding: try body.all(), as: UTF8.self)[...])
      content = form.first { $0.name == "content" }?.value ?? ""
    } else {
      content = try decoded(CardRequest.self).content
    }
    let lines = content.replacing("\r\n", with: "\n")
      .split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first == "---" else {
      return .json([
        "errors": [], "warnings": [["message": "empty or missing yaml metadata in repo card"]],
      ])
    }
    guard let end = lines.dropFirst().firstIndex(of: "---") else {
      return refusedCard("the metadata has no end")
    }
    for line in lines[1..<end] where !isPlausible(line) {
      return refusedCard("can not be parsed as YAML: \(line)")
    }
    return .json(["errors": [], "warnings": []])
  }

  private func refusedCard(_ message: String) -> Response {
    .json(
      ["error": .string(message), "errors": [["message": .string(message)]], "warnings": []],
      status: 400)
  }

  private func isPlausible(_ line: Substring) -> Bool {
    let text = line.drop { $0 == " " }
    let brackets = text.filter { "[{".contains($0) }.count - text.filter { "]}".contains($0) }.count
    return !text.hasPrefix("\t") && (brackets == 0 || text.contains("\""))
      && (text.isEmpty || text.hasPrefix("#") || text.hasPrefix("-") || text.contains(":")
        || line.hasPrefix(" "))
  }
}
