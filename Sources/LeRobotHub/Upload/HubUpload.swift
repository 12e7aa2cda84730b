import Foundation
import LeRobotCore
import OrderedCollections

/// Uploads files into a repository in one commit: either all of them are there afterwards, or none.
/// Large ones are sent to a store beside the repository first; what arrived there is not sent again.
package struct HubUpload: Sendable {
  private let client: HubClient
  private let repository: HubRepository
  private let reports: TransferReports

  private static let branch = "main"
  /// Files that are asked about at once (huggingface_hub `_commit_api.py`).
  private static let filesAtOnce = 256
  /// The hub looks at the first bytes of a file to choose how it is kept.
  private static let sampleSize = 512

  package init(_ client: HubClient, _ repository: HubRepository, _ reports: TransferReports) {
    (self.client, self.repository, self.reports) = (client, repository, reports)
  }

  /// The page that shows the repository.
  package var page: String { client.settings.endpoint.description + repository.pagePath }

  /// Creates the repository where there is none.
  ///
  /// - Parameter isPrivate: nil leaves it to the owner's settings.
  package func createRepository(isPrivate: Bool?) throws(HubError) {
    let parts = repository.name.split(separator: "/").map(String.init)
    var question: OrderedDictionary<String, JSONValue> = [
      "name": .string(parts[parts.count - 1]), "type": .string(repository.kind.rawValue),
    ]
    if parts.count == 2 { question["organization"] = .string(parts[0]) }
    if let isPrivate { question["private"] = .bool(isPrivate) }
    do throws(HubError) {
      _ = try json(.post, "/api/repos/create", .object(question))
    } catch {
      if case .answered(_, status: 409, _) = error { return }
      // Who may write to a repository need not have the right to create one.
      if case .forbidden = error, (try? client.references(of: repository)) != nil { return }
      throw error
    }
  }

  /// Uploads files.
  ///
  /// - Returns: the commit.
  package func commit(_ files: [UploadFile], message: String) throws(HubError) -> String {
    let meter = TransferMeter(
      TransferProgress(
        .up, repository.name, fileCount: files.count,
        byteCount: files.reduce(0) { $0 + $1.size }), reports.progress)
    let isLarge = try largeFiles(files)
    let large = files.filter { isLarge.contains($0.path) }
    let store = LargeFileStore(client: client, repository: repository, branch: Self.branch)
    let digests = try store.upload(large, meter)
    var lines: [JSONValue] = [
      ["key": "header", "value": ["summary": .string(message), "description": ""]]
    ]
    for file in files {
      if let digest = digests[file.path] {
        lines.append([
          "key": "lfsFile",
          "value": [
            "path": .string(file.path), "algo": "sha256", "oid": .string(digest),
            "size": .int(file.size),
          ],
        ])
      } else {
        let content = Data(try bytes(of: file)).base64EncodedString()
        lines.append([
          "key": "file",
          "value": ["content": .string(content), "path": .string(file.path), "encoding": "base64"],
        ])
      }
    }
    let commit = try send(lines)
    for file in files where digests[file.path] == nil { meter.add(bytes: file.size, files: 1) }
    return commit
  }

  /// Names a commit. A tag of that name is moved.
  package func tag(_ name: String, at commit: String) throws(HubError) {
    let path = "\(repository.apiPath)/tag/"
    do throws(HubError) {
      _ = try ask(.post, path + HTTPAddress.escaped(commit), ["tag": .string(name)])
    } catch {
      guard case .answered(_, status: 409, _) = error else { throw error }
      _ = try ask(.delete, path + HTTPAddress.escaped(name))
      _ = try ask(.post, path + HTTPAddress.escaped(commit), ["tag": .string(name)])
    }
  }

  // MARK: Questions

  /// The paths of those files that the hub keeps outside git.
  private func largeFiles(_ files: [UploadFile]) throws(HubError) -> Set<String> {
    var large: Set<String> = []
    for start in stride(from: 0, to: files.count, by: Self.filesAtOnce) {
      var list: [JSONValue] = []
      for file in files[start..<min(files.count, start + Self.filesAtOnce)] {
        let sample = try bytes(of: file, atMost: Self.sampleSize)
        list.append([
          "path": .string(file.path), "sample": .string(Data(sample).base64EncodedString()),
          "size": .int(file.size),
        ])
      }
      let answer = try json(
        .post, "\(repository.apiPath)/preupload/\(Self.branch)", ["files": .array(list)])
      for entry in answer["files"]?.arrayValue ?? []
      where entry["uploadMode"]?.stringValue == "lfs" {
        large.insert(entry["path"]?.stringValue ?? "")
      }
    }
    // The store takes no empty files.
    return large.subtracting(files.filter { $0.size == 0 }.map(\.path))
  }

  private func send(_ lines: [JSONValue]) throws(HubError) -> String {
    let path = "\(repository.apiPath)/commit/\(Self.branch)"
    var request = HTTPRequest(.post, try client.settings.address(path))
    request.isChange = true
    request.body = .bytes(Array(lines.map { $0.pythonText() + "\n" }.joined().utf8))
    request.set("Content-Type", "application/x-ndjson")
    let response = try client.ask(request, about: repository)
    let answer = try client.parse(response, from: request.address)
    guard let commit = answer["commitOid"]?.stringValue, commit.isCommit else {
      throw .notTheHub(request.address, reason: "an answer without a commit came")
    }
    return commit
  }

  private func json(
    _ method: HTTPRequest.Method, _ path: String, _ value: JSONValue? = nil
  ) throws(HubError) -> JSONValue {
    try client.json(method, path, value, about: repository, isChange: true)
  }

  /// Asks for what has no answer that matters.
  private func ask(
    _ method: HTTPRequest.Method, _ path: String, _ value: JSONValue? = nil
  ) throws(HubError) -> HTTPResponse {
    var request = HTTPRequest(method, try client.settings.address(path))
    request.isChange = true
    if let value { request.set(value) }
    return try client.ask(request, about: repository)
  }

  private func bytes(of file: UploadFile, atMost limit: Int = .max) throws(HubError) -> [UInt8] {
    try HubError.files { () throws(FileError) in try file.bytes(count: min(file.size, limit)) }
  }
}
