import Foundation

extension Exchange {
  /// Files and folders below a folder, by pages.
  func tree(of key: RepositoryKey, at revision: String, under folder: String) throws -> Response {
    let repository = try repository(key)
    let commit = try commit(repository, at: revision)
    let tree = Tree(commit: commit, repository: repository)
    let prefix = folder.isEmpty ? "" : folder.hasSuffix("/") ? folder : folder + "/"
    let paths = tree.paths(under: prefix, isRecursive: head.isSet("recursive"))
    if paths.isEmpty && !prefix.isEmpty { throw Refusal.entryNotFound(commit: commit.id) }
    let isExpanded = head.isSet("expand")
    return page(of: paths, with: delivery.treeEntries) { tree.entry($0, isExpanded: isExpanded) }
  }

  private struct PathsRequest: Decodable {
    let paths: [String]
    let expand: Bool?
  }

  /// The entries of chosen paths; those that are not there are left out.
  func paths(of key: RepositoryKey, at revision: String) throws -> Response {
    let repository = try repository(key)
    let commit = try commit(repository, at: revision)
    let tree = Tree(commit: commit, repository: repository)
    let request = try pathsRequest()
    let known = request.paths.filter { commit.files[$0] != nil || !tree.files(in: $0).isEmpty }
    return .json(.array(known.map { tree.entry($0, isExpanded: request.expand ?? false) }))
  }

  private func pathsRequest() throws -> PathsRequest {
    guard head.header("Content-Type")?.contains("form-urlencoded") ?? false else {
      return try decoded(PathsRequest.self)
    }
    let form = formDecoded(String(decoding: try body.all(), as: UTF8.self)[...])
    return PathsRequest(
      paths: form.filter { $0.name == "paths" }.map(\.value),
      expand: form.contains { $0.name == "expand" && $0.value.lowercased() == "true" })
  }
}

/// The folders that the paths of a commit imply.
private struct Tree {
  let commit: Commit
  let repository: Repository

  /// Files and folders, sorted; a folder that has none is empty.
  func paths(under prefix: String, isRecursive: Bool) -> [String] {
    var paths: Set<String> = []
    for path in commit.files.keys where path.hasPrefix(prefix) {
      let parts = path.dropFirst(prefix.count)
        .split(separator: "/", omittingEmptySubsequences: false)
      let depths = isRecursive ? 1...parts.count : 1...1
      for depth in depths { paths.insert(prefix + parts.prefix(depth).joined(separator: "/")) }
    }
    return paths.sorted()
  }

  func files(in folder: String) -> [String: StoredFile] {
    commit.files.filter { $0.key.hasPrefix(folder + "/") }
  }

  func entry(_ path: String, isExpanded: Bool) -> JSON {
    let entry = entry(path)
    guard isExpanded else { return entry }
    let change = lastChange(of: path)
    return entry.with(
      "lastCommit",
      [
        "id": .string(change.id), "title": .string(change.title), "date": .string(change.dateText),
      ])
  }

  private func entry(_ path: String) -> JSON {
    guard let file = commit.files[path] else {
      return [
        "type": "directory", "oid": .string(folderName(path)), "size": 0, "path": .string(path),
      ]
    }
    let entry: JSON = [
      "type": "file", "oid": .string(file.blob), "size": .int(file.size), "path": .string(path),
    ]
    guard file.isLFS else { return entry }
    return entry.with(
      "lfs",
      [
        "oid": .string(file.sha256), "size": .int(file.size),
        "pointerSize": .int(file.pointerSize),
      ])
  }

  /// Any name that changes with the contents; git computes another.
  private func folderName(_ folder: String) -> String {
    let listing = files(in: folder).sorted { $0.key < $1.key }.map { $0.key + $0.value.blob }
    return (try? Digest.hex(.sha1, Array(listing.joined(separator: "\n").utf8))) ?? ""
  }

  /// The commit that made the file, or a file of the folder, what it is.
  private func lastChange(of path: String) -> Commit {
    let contents = files(in: path)
    var result = commit
    for earlier in repository.history(of: commit).dropFirst() {
      let earlierContents = earlier.files.filter { $0.key.hasPrefix(path + "/") }
      guard earlier.files[path] == commit.files[path], earlierContents == contents else { break }
      result = earlier
    }
    return result
  }
}
