import LeRobotCore

/// Downloads one file: into a file beside its place, from where an earlier try stopped, checked against
/// what the hub says of it, and then renamed. Under its own name a file is always whole.
struct FileFetch {
  let client: HubClient
  let address: HTTPAddress
  /// nil for a file of another server.
  let repository: HubRepository?
  let file: HubFile
  /// Told how many bytes more are there, or, below zero, how many were thrown away.
  let progress: @Sendable (Int) -> Void

  /// For messages.
  private var name: String { repository.map { "\($0): \(file.path)" } ?? address.shown }

  /// Downloads the file to `target`.
  ///
  /// - Parameter partial: what has arrived; another try continues it, Python's too.
  /// - Throws: `HubError`; `partial` then keeps what is good of it.
  func run(by partial: String, to target: String) throws(HubError) {
    do throws(HubError) {
      try download(partial)
    } catch {
      // What an earlier try left may have been something else.
      guard case .wrongContents = error else { throw error }
      try download(partial)
    }
    try HubError.files { () throws(FileError) in try FileSystem.rename(partial, to: target) }
  }

  private func download(_ partial: String) throws(HubError) {
    let arrival = try Arrival(partial, file, name)
    progress(arrival.count)
    do throws(HubError) {
      try receive(into: arrival)
      try arrival.check()
    } catch {
      if case .wrongContents = error {
        progress(-arrival.count)
        try? FileSystem.remove(partial)
      }
      throw error
    }
  }

  /// Receives until the file is whole. A break is followed by another try from there; only tries that
  /// bring nothing count.
  private func receive(into arrival: Arrival) throws(HubError) {
    var pauses = client.settings.pauses[...]
    while arrival.count < file.size {
      let before = arrival.count
      do throws(HubError) {
        try request(into: arrival)
      } catch {
        if let failure = arrival.failure { throw failure }
        guard error.isPassing else { throw error }
        if arrival.count > before { pauses = client.settings.pauses[...] }
        guard let pause = pauses.popFirst() else { throw error }
        client.rest(pause, after: error)
      }
    }
  }

  /// One request for all that is missing.
  private func request(into arrival: Arrival) throws(HubError) {
    var request = HTTPRequest(.get, address)
    let start = arrival.count
    if start > 0 { request.set("Range", "bytes=\(start)-") }
    var answer: [UInt8] = []
    arrival.hasBegun = false
    let head = try client.follow(request) { [progress] head, piece in
      guard head.isSuccess else {
        answer += piece
        return answer.count < 1 << 16
      }
      // A server that does not know ranges begins again.
      if head.status != 206, arrival.count > 0, !arrival.hasBegun {
        progress(-arrival.count)
        guard arrival.restart() else { return false }
      }
      guard arrival.take(piece) else { return false }
      progress(piece.count)
      return true
    }
    if head.status == 416 {
      throw .wrongContents(of: name, reason: "the server has fewer bytes than it said")
    }
    guard head.isSuccess else {
      throw client.error(HTTPResponse(head: head, body: answer), to: request, about: repository)
    }
    if let failure = arrival.failure { throw failure }
    if arrival.count < file.size {
      throw .noAnswer(
        from: address, .cut("it ended after \(arrival.count) of \(file.size) bytes"))
    }
  }
}

/// A file that arrives: its bytes on the disk and their digest so far.
private final class Arrival {
  private let name: String
  private let expected: HubFile
  private let file: RawFile
  private var digest: Digest?
  /// Bytes that are there.
  private(set) var count = 0
  /// Whether bytes of the present request have come.
  var hasBegun = false
  /// Why no more bytes are taken.
  private(set) var failure: HubError?

  /// Takes over what an earlier try left, as far as it can be the beginning of the file.
  init(_ path: String, _ expected: HubFile, _ name: String) throws(HubError) {
    (self.expected, self.name) = (expected, name)
    digest = try expected.newDigest()
    do throws(FileError) {
      file = try RawFile(continuing: path)
      let size = try file.size()
      if size > expected.size {
        try file.truncate(to: 0)
      } else {
        try digest?.update(file, count: size)
        count = size
      }
    } catch {
      throw .file(error)
    }
  }

  /// Takes bytes; false where they cannot be kept, for which `failure` is the reason.
  func take(_ piece: UnsafeRawBufferPointer) -> Bool {
    hasBegun = true
    guard count + piece.count <= expected.size else {
      failure = .wrongContents(of: name, reason: "more than its \(expected.size) bytes")
      return false
    }
    do throws(FileError) {
      try file.write(piece, at: count)
    } catch {
      failure = .file(error)
      return false
    }
    digest?.update(piece)
    count += piece.count
    return true
  }

  /// Forgets all bytes; false where that fails.
  func restart() -> Bool {
    do {
      try file.truncate(to: 0)
      digest = try expected.newDigest()
      count = 0
      return true
    } catch {
      failure = (error as? HubError) ?? (error as? FileError).map(HubError.file)
      return false
    }
  }

  /// - Throws: `HubError.wrongContents` where the bytes are not the file's.
  func check() throws(HubError) {
    let found = digest.take()?.hexadecimal() ?? ""
    guard !expected.etag.isEmpty, found.hasPrefix(expected.etag) else {
      throw .wrongContents(
        of: name,
        reason: "its digest begins with \(found.prefix(8)), not \(expected.etag.prefix(8))")
    }
    try HubError.files { () throws(FileError) in try file.sync() }
  }
}
