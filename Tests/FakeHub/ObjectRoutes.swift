import Glibc

extension Exchange {
  /// Answers as the host of the LFS objects, which knows signed addresses and no tokens.
  func answerAsCDN() throws -> Response {
    try checkSignature()
    let parts = head.segments
    switch (head.method, parts.first, parts.count) {
    case ("GET", "objects", 2), ("HEAD", "objects", 2): return try object(parts[1])
    case ("PUT", "objects", 2): return try takeObject(parts[1])
    case ("PUT", "uploads", 3): return try takePart(of: parts[1], number: parts[2])
    default: throw Refusal.notFound
    }
  }

  private func checkSignature() throws {
    guard head.parameter("X-Signature") == (try core.signature(of: head.rawPath)) else {
      throw Refusal.forbidden("The signature of this address is missing or wrong.")
    }
  }

  private func object(_ name: String) throws -> Response {
    guard isDigest(name), let size = core.store.size(of: name) else { throw Refusal.notFound }
    let response = Response(
      headers: [("Content-Type", "application/octet-stream"), ("ETag", "\"\(name)\"")],
      body: .file(path: core.store.path(of: name), range: 0..<size))
    return response.part(range(ifStill: name))
  }

  /// An object in one request: kept when its bytes are those that its name promises.
  private func takeObject(_ name: String) throws -> Response {
    guard isDigest(name) else { throw Refusal.badRequest("This is no name of an object.") }
    let path = core.store.temporaryPath()
    defer { unlink(path) }
    let file = try PartFile(path)
    let digest = try Digest(.sha256)
    var position = 0
    while case let piece = try body.next(), !piece.isEmpty {
      try digest.update(piece)
      try file.write(piece, at: position)
      position += piece.count
    }
    guard try digest.finish() == name else {
      throw Refusal.badRequest("XAmzContentSHA256Mismatch: the bytes are not those of the object.")
    }
    try core.store.adopt(path, as: name)
    return Response.text("").with("ETag", "\"\(name.prefix(32))\"")
  }

  private func takePart(of name: String, number: String) throws -> Response {
    guard let upload = core.state.withLock({ $0.uploads[name] }) else { throw Refusal.notFound }
    guard let number = Int(number), (1...upload.partCount).contains(number) else {
      throw Refusal.badRequest("The object has \(upload.partCount) parts.")
    }
    let start = (number - 1) * upload.partSize
    let size = min(upload.partSize, upload.size - start)
    let file = try PartFile(upload.path)
    let digest = try Digest(.sha256)
    var count = 0
    while case let piece = try body.next(), !piece.isEmpty {
      guard count + piece.count <= size else { throw Refusal.badRequest("The part is too long.") }
      try digest.update(piece)
      try file.write(piece, at: start + count)
      count += piece.count
    }
    guard count == size else { throw Refusal.badRequest("The part is too short.") }
    let etag = "\"\(try digest.finish().prefix(32))\""
    core.state.withLock { $0.uploads[name]?.etags[number] = etag }
    return Response.text("").with("ETag", etag)
  }
}

extension Exchange {
  private struct Completion: Decodable {
    struct Part: Decodable {
      let partNumber: Int
      let etag: String
    }
    let oid: String
    let parts: [Part]
  }

  /// Turns the parts of an upload into an object. The address is signed, no token is needed.
  func completeUpload(_ name: String) throws -> Response {
    try checkSignature()
    let completion = try decoded(Completion.self)
    guard let upload = core.state.withLock({ $0.uploads[name] }),
      upload.object == completion.oid
    else { throw Refusal(404, nil, "NoSuchUpload: there is no such upload.") }
    let parts = completion.parts.map { bare($0.etag) }
    let expected = (1...upload.partCount).map { upload.etags[$0].map(bare) }
    guard completion.parts.map(\.partNumber) == Array(1...upload.partCount), parts == expected
    else {
      throw Refusal.badRequest(
        "InvalidPart: a part is missing, or its etag is not the one that its upload answered.")
    }
    guard try ObjectStore.sha256(of: upload.path) == upload.object else {
      throw Refusal.badRequest("The parts together are not the bytes of the object.")
    }
    try core.store.adopt(upload.path, as: upload.object)
    core.state.withLock { $0.uploads[name] = nil }
    return .json([:])
  }

  private func bare(_ etag: String) -> String { etag.replacing("\"", with: "") }
}
