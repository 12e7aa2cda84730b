import LeRobotCore
import OrderedCollections

/// The hub's store of large files, by git's LFS protocol (git-lfs `docs/api/batch.md`, huggingface_hub
/// `lfs.py`). Files are named by their SHA-256, so that one that is there is not sent again.
struct LargeFileStore: Sendable {
  /// What the store says about a file that it does not have.
  private struct Ticket: Sendable {
    let file: UploadFile
    let digest: String
    let target: HTTPAddress
    /// Bytes of a part, and where each goes; nil for a file that is sent at once.
    let parts: (size: Int, targets: [HTTPAddress])?
    /// Where to ask whether it arrived.
    let check: HTTPAddress?
  }

  let client: HubClient
  let repository: HubRepository
  let branch: String

  private static let mediaType = "application/vnd.git-lfs+json"
  private static let filesAtOnce = 256
  private static let threadCount = 4

  /// Sends files that the store does not have yet.
  ///
  /// - Returns: the digests of all, by their paths.
  func upload(
    _ files: [UploadFile], _ meter: TransferMeter
  ) throws(HubError) -> [String: String] {
    var digests: [String: String] = [:]
    for file in files { digests[file.path] = try file.sha256() }
    for start in stride(from: 0, to: files.count, by: Self.filesAtOnce) {
      let some = files[start..<min(files.count, start + Self.filesAtOnce)]
      // Files of the same contents are one for the store.
      var wanted: OrderedDictionary<String, UploadFile> = [:]
      for file in some { wanted[digests[file.path] ?? ""] = file }
      let tickets = try ask(for: wanted.map { ($0.value, $0.key) })
      let missing = Set(tickets.map(\.file.path))
      for file in some where !missing.contains(file.path) { meter.add(bytes: file.size, files: 1) }
      for ticket in tickets {
        try send(ticket, meter)
        meter.add(files: 1)
      }
    }
    return digests
  }

  // MARK: What is missing

  private func ask(for files: [(UploadFile, String)]) throws(HubError) -> [Ticket] {
    let prefix = repository.kind == .model ? "" : "datasets/"
    let address = try client.settings.address(
      "/\(prefix)\(repository.name).git/info/lfs/objects/batch")
    let question: JSONValue = [
      "operation": "upload", "transfers": ["basic", "multipart"], "hash_algo": "sha256",
      "ref": ["name": .string(branch)],
      "objects": .array(
        files.map { ["oid": .string($0.1), "size": .int($0.0.size)] }),
    ]
    let answer = try json(address, question)
    var tickets: [Ticket] = []
    for object in answer["objects"]?.arrayValue ?? [] {
      guard let digest = object["oid"]?.stringValue,
        let file = files.first(where: { $0.1 == digest })?.0
      else { continue }
      if let reason = object["error"]?["message"]?.stringValue {
        throw .answered(address, status: object["error"]?["code"]?.intValue ?? 0, reason: reason)
      }
      guard let action = object["actions"]?["upload"] else { continue }
      tickets.append(try ticket(for: file, digest, action, object["actions"]?["verify"], address))
    }
    return tickets
  }

  private func ticket(
    for file: UploadFile, _ digest: String, _ action: JSONValue, _ check: JSONValue?,
    _ address: HTTPAddress
  ) throws(HubError) -> Ticket {
    func target(_ text: String?) throws(HubError) -> HTTPAddress {
      guard let text, let target = HTTPAddress(text), target.isSecure || !address.isSecure else {
        throw .badRedirect(from: address, to: text ?? "nowhere")
      }
      return target
    }
    let header = action["header"]?.objectValue ?? [:]
    var parts: (size: Int, targets: [HTTPAddress])?
    if let size = header["chunk_size"].flatMap({ $0.intValue ?? $0.stringValue.flatMap(Int.init) })
    {
      let numbered = header.compactMap { key, value in Int(key).map { ($0, value.stringValue) } }
        .sorted { $0.0 < $1.0 }
      var targets: [HTTPAddress] = []
      for (_, text) in numbered { targets.append(try target(text)) }
      guard size > 0, targets.count == (file.size - 1) / size + 1 else {
        throw .notTheHub(address, reason: "\(targets.count) parts of \(size) bytes were offered")
      }
      parts = (size, targets)
    }
    let check = try check?["href"].map { value throws(HubError) in try target(value.stringValue) }
    return Ticket(
      file: file, digest: digest, target: try target(action["href"]?.stringValue), parts: parts,
      check: check)
  }

  // MARK: Sending

  /// Sends a file. Where the store refuses, the time of the addresses may be over, or an answer was
  /// lost: then it is asked once more what is missing.
  private func send(_ ticket: Ticket, _ meter: TransferMeter) throws(HubError) {
    let sent = Shared(0)
    let progress: @Sendable (Int) -> Void = { count in
      sent.value.withLock { $0 += count }
      meter.add(bytes: count)
    }
    do throws(HubError) {
      try transfer(ticket, progress)
    } catch {
      guard error.isRefusal else { throw error }
      meter.add(bytes: -sent.value.withLock { $0 })
      guard let another = try ask(for: [(ticket.file, ticket.digest)]).first else {
        meter.add(bytes: ticket.file.size)
        return
      }
      try transfer(another) { meter.add(bytes: $0) }
    }
  }

  private func transfer(
    _ ticket: Ticket, _ progress: @escaping @Sendable (Int) -> Void
  ) throws(HubError) {
    if let parts = ticket.parts {
      let tags = try send(parts.targets, of: parts.size, ticket.file, progress)
      let list = tags.enumerated().map { index, tag -> JSONValue in
        ["partNumber": .int(index + 1), "etag": .string(tag)]
      }
      _ = try ask(
        ticket.target, ["oid": .string(ticket.digest), "parts": .array(list)], isAnonymous: true)
    } else {
      _ = try put(ticket.file, 0..<ticket.file.size, to: ticket.target, client, progress)
    }
    guard let check = ticket.check else { return }
    _ = try ask(
      check, ["oid": .string(ticket.digest), "size": .int(ticket.file.size)])
  }

  /// Sends the parts of a file, several at a time.
  ///
  /// - Returns: what the store calls them.
  private func send(
    _ targets: [HTTPAddress], of size: Int, _ file: UploadFile,
    _ progress: @escaping @Sendable (Int) -> Void
  ) throws(HubError) -> [String] {
    let tags = Shared([String](repeating: "", count: targets.count))
    try client.onEach(of: Array(targets.enumerated()), threads: Self.threadCount) {
      (part, client) throws(HubError) in
      let start = part.offset * size
      let bytes = start..<min(file.size, start + size)
      let head = try put(file, bytes, to: part.element, client, progress)
      tags.value.withLock { $0[part.offset] = head["etag"] ?? "" }
    }
    return tags.value.withLock { $0 }
  }

  /// Sends some bytes of a file; again, from their beginning, where a failure may pass.
  private func put(
    _ file: UploadFile, _ bytes: Range<Int>, to target: HTTPAddress, _ client: HubClient,
    _ progress: @escaping @Sendable (Int) -> Void
  ) throws(HubError) -> HTTPHead {
    var request = HTTPRequest(.put, target)
    request.isAnonymous = true
    request.body = file.body(from: bytes.lowerBound, count: bytes.count)
    let sent = Shared(0)
    request.onSent = { count in
      sent.value.withLock { $0 += count }
      progress(count)
    }
    return try client.retrying { () throws(HubError) in
      // What an earlier try sent counts no more.
      progress(
        -sent.value.withLock { sent in
          defer { sent = 0 }
          return sent
        })
      let response = try client.once(request)
      guard response.head.isSuccess else {
        throw client.error(response, to: request, about: repository)
      }
      return response.head
    }
  }

  // MARK: Questions

  private func json(
    _ address: HTTPAddress, _ value: JSONValue
  ) throws(HubError) -> JSONValue {
    try client.parse(ask(address, value), from: address)
  }

  private func ask(
    _ address: HTTPAddress, _ value: JSONValue, isAnonymous: Bool = false
  ) throws(HubError) -> HTTPResponse {
    var request = HTTPRequest(.post, address)
    request.isChange = true
    request.isAnonymous = isAnonymous
    request.set("Accept", Self.mediaType)
    request.set(value, as: Self.mediaType)
    return try client.ask(request, about: repository)
  }
}
