import LeRobotCore

/// What a repository holds.
extension HubClient {
  /// The commit that a branch, a tag or the beginning of a commit's name means.
  ///
  /// - Throws: `HubError.noRevision` with those there are.
  package func commit(
    of repository: HubRepository, revision: String
  ) throws(HubError) -> String {
    if revision.isCommit { return revision }
    let path = "\(repository.apiPath)/revision/\(HTTPAddress.escaped(revision))"
    do throws(HubError) {
      let answer = try json(.get, path, about: repository)
      guard let commit = answer["sha"]?.stringValue, commit.isCommit else {
        throw .notTheHub(try settings.address(path), reason: "an answer without a commit came")
      }
      return commit
    } catch {
      guard case .noRevision = error else { throw error }
      let known = (try? references(of: repository))?.names ?? []
      throw .noRevision(repository, revision: revision, known: known)
    }
  }

  /// The branches and tags.
  package func references(of repository: HubRepository) throws(HubError) -> HubReferences {
    let answer = try json(.get, "\(repository.apiPath)/refs", about: repository)
    func read(_ list: JSONValue?) -> [String: String] {
      var commits: [String: String] = [:]
      for entry in list?.arrayValue ?? [] {
        guard let name = entry["name"]?.stringValue, name == name.withoutControls,
          let commit = entry["targetCommit"]?.stringValue, commit.isCommit
        else { continue }
        commits[name] = commit
      }
      return commits
    }
    var references = HubReferences()
    references.branches = read(answer["branches"])
    references.tags = read(answer["tags"])
    return references
  }

  /// The files at a commit, of a folder with all below it or of the whole repository.
  ///
  /// - Throws: `HubError.unsafePath` where one would lie outside its folder.
  package func files(
    of repository: HubRepository, at commit: String, in folder: String = "",
    isRecursive: Bool = true
  ) throws(HubError) -> [HubFile] {
    let inside = folder.isEmpty ? "" : "/" + HTTPAddress.escaped(folder, keepingSlashes: true)
    var address = try settings.address(
      "\(repository.apiPath)/tree/\(HTTPAddress.escaped(commit))\(inside)"
        + "?recursive=\(isRecursive)&expand=false")
    var files: [HubFile] = []
    var seen: Set<String> = []
    for _ in 0..<Self.mostPages where seen.insert(address.description).inserted {
      let response = try ask(HTTPRequest(.get, address), about: repository)
      files += try Self.files(parse(response, from: address), repository)
      guard let next = Self.nextPage(response.head["link"]) else { return files }
      guard let page = address.resolving(next), page.origin == address.origin else {
        throw .badRedirect(from: address, to: String(next.withoutControls.prefix(200)))
      }
      address = page
    }
    throw .endless(from: address)
  }

  /// Files of a commit by their paths; those that it does not hold are left out.
  package func files(
    of repository: HubRepository, at commit: String, paths: [String]
  ) throws(HubError) -> [HubFile] {
    var files: [HubFile] = []
    for start in stride(from: 0, to: paths.count, by: Self.pathsAtOnce) {
      let some = paths[start..<min(paths.count, start + Self.pathsAtOnce)]
      var request = HTTPRequest(
        .post,
        try settings.address(
          "\(repository.apiPath)/paths-info/\(HTTPAddress.escaped(commit))"))
      let fields = some.map { "paths=\(HTTPAddress.escaped($0))" } + ["expand=False"]
      request.body = .bytes(Array(fields.joined(separator: "&").utf8))
      request.set("Content-Type", "application/x-www-form-urlencoded")
      let answer = try parse(ask(request, about: repository), from: request.address)
      let wanted = Set(some)
      files += try Self.files(answer, repository).filter { wanted.contains($0.path) }
    }
    return files
  }

  private static let pathsAtOnce = 500
  /// In bytes; sums of sizes stay far from what a number can hold.
  private static let largestFile = 1 << 44
  /// Ten million files, a thousand a page.
  private static let mostPages = 10_000

  /// The files of a listing; folders in it are passed over.
  private static func files(
    _ listing: JSONValue, _ repository: HubRepository
  ) throws(HubError) -> [HubFile] {
    var files: [HubFile] = []
    for entry in listing.arrayValue ?? [] where entry["type"]?.stringValue == "file" {
      let path = entry["path"]?.stringValue ?? ""
      guard path.isSafePath else { throw .unsafePath(repository, path: path) }
      let large = entry["lfs"]
      let sha256 = large?["oid"]?.stringValue
      guard let size = (large?["size"] ?? entry["size"])?.intValue,
        (0...largestFile).contains(size),
        let blob = entry["oid"]?.stringValue, blob.isHexadecimal(40),
        sha256.map({ $0.isHexadecimal(64) }) ?? true
      else {
        throw .wrongContents(
          of: "\(repository): \(path)", reason: "its size or its digest is missing")
      }
      files.append(HubFile(path: path, size: size, blob: blob, sha256: sha256))
    }
    return files
  }

  /// The address with `rel="next"` in a `Link` header.
  private static func nextPage(_ link: String?) -> String? {
    for part in (link ?? "").split(separator: ",") where part.contains("rel=\"next\"") {
      guard let start = part.firstIndex(of: "<"), let end = part.firstIndex(of: ">"), start < end
      else { continue }
      return String(part[part.index(after: start)..<end])
    }
    return nil
  }
}
