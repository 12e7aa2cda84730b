import Foundation

extension Exchange {
  private struct PreuploadRequest: Decodable {
    struct File: Decodable {
      let path: String
      let size: Int
    }
    let files: [File]
  }

  /// Which of the files go up as LFS objects, and which the revision has already.
  func preupload(to key: RepositoryKey, at revision: String) throws -> Response {
    let request = try decoded(PreuploadRequest.self)
    let (repository, _) = try writableRepository(key)
    let commit = try commit(repository, at: revision)
    let files = request.files.map { file in
      let isLFS = core.settings.isLFS(path: file.path, size: file.size)
      let answer: JSON = [
        "path": .string(file.path), "uploadMode": isLFS ? "lfs" : "regular", "shouldIgnore": false,
      ]
      return commit.files[file.path].map { answer.with("oid", .string($0.etag)) } ?? answer
    }
    return .json(["files": .array(files), "commitOid": .string(commit.id)])
  }

  private struct BatchRequest: Decodable {
    let operation: String
    let transfers: [String]?
    let objects: [BatchObject]
  }

  fileprivate struct BatchObject: Decodable {
    let oid: String
    let size: Int
  }

  /// The batch call of git LFS, with the multipart transfer of the hub.
  func batch(for key: RepositoryKey) throws -> Response {
    let request = try decoded(BatchRequest.self)
    _ = try writableRepository(key)
    guard request.operation == "upload" else {
      throw Refusal(422, nil, "This hub takes uploads by the batch call only.")
    }
    let transfers = request.transfers ?? ["basic"]
    let takesParts = transfers.contains("multipart")
    let objects = try request.objects.map { try answer(to: $0, key, takesParts: takesParts) }
    let isMultipart = request.objects.contains { takesParts && isInParts($0) }
    return Response.json([
      "transfer": isMultipart ? "multipart" : "basic", "objects": .array(objects),
    ]).with("Content-Type", "application/vnd.git-lfs+json")
  }

  private func isInParts(_ object: BatchObject) -> Bool {
    object.size > core.settings.multipartThreshold
  }

  private func answer(
    to object: BatchObject, _ key: RepositoryKey, takesParts: Bool
  ) throws -> JSON {
    let answer: JSON = ["oid": .string(object.oid), "size": .int(object.size)]
    guard isDigest(object.oid), object.size >= 0 else {
      return answer.with("error", ["code": 422, "message": "Invalid object."])
    }
    if core.store.size(of: object.oid) == object.size { return answer }
    let upload =
      takesParts && isInParts(object)
      ? try startUpload(of: object)
      : ["href": .string(try core.signed("/objects/\(object.oid)", host: .cdn))]
    let verify = "\(core.endpoint)/\(key.kind.addressPrefix)\(key.id).git/info/lfs/verify"
    return answer.with("authenticated", true)
      .with("actions", ["upload": upload, "verify": ["href": .string(verify)]])
  }

  private func startUpload(of object: BatchObject) throws -> JSON {
    let upload = HubCore.Upload(
      object: object.oid, size: object.size, partSize: max(1, core.settings.partSize),
      path: core.store.temporaryPath())
    let name = UUID().uuidString.lowercased()
    core.state.withLock { $0.uploads[name] = upload }
    var header: JSON = ["chunk_size": .string(String(upload.partSize))]
    for number in 1...upload.partCount {
      let digits = String(number)
      let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
      let address = try core.signed("/uploads/\(name)/\(number)", host: .cdn)
      header = header.with(padded, .string(address))
    }
    let completion = try core.signed("/api/complete_multipart/\(name)", host: .endpoint)
    return ["href": .string(completion), "header": header]
  }

  /// Whether an object has arrived.
  func verify(for key: RepositoryKey) throws -> Response {
    let object = try decoded(BatchObject.self)
    _ = try writableRepository(key)
    guard isDigest(object.oid), core.store.size(of: object.oid) == object.size else {
      throw Refusal(404, nil, "The object \(object.oid) is not there with this size.")
    }
    return .json([:])
  }

  /// Whether the text is a SHA-256, and so harmless as the name of a file.
  func isDigest(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
