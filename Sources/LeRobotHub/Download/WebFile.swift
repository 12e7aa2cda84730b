import LeRobotCore

/// A file that another server publishes. The first digits of its SHA-256 are known.
package struct WebFile: Sendable {
  private let client: HubClient
  private let address: HTTPAddress
  private let digits: String
  private let reports: TransferReports

  /// - Parameter digits: those its SHA-256 begins with.
  /// - Throws: `HubError.badAddress`.
  package init(
    _ client: HubClient, _ address: String, sha256 digits: String, _ reports: TransferReports
  ) throws(HubError) {
    guard let parsed = HTTPAddress(address) else { throw .badAddress(address) }
    (self.client, self.address, self.digits) = (client, parsed, digits)
    self.reports = reports
  }

  /// Downloads it to `target`, unless another program is quicker.
  package func download(to target: String) throws(HubError) {
    let partial = "\(target).partial"
    let lock = try HubError.files { () throws(FileError) in
      try FileSystem.createDirectory(FileSystem.parent(of: target) ?? ".")
      return try FileLock(partial) {
        reports.notice("Waiting for another program that downloads \(target)")
      }
    }
    if FileSystem.size(of: target) == nil {
      try fetch(by: partial, to: target)
    } else {
      try? FileSystem.remove(partial)
    }
    _ = consume lock
  }

  private func fetch(by partial: String, to target: String) throws(HubError) {
    let size = try size()
    try HubError.checkSpace(size, in: FileSystem.parent(of: target) ?? ".")
    let name = FileSystem.name(of: target)
    let meter = TransferMeter(
      TransferProgress(.down, name, fileCount: 1, byteCount: size), reports.progress)
    let fetch = FileFetch(
      client: client, address: address, repository: nil,
      file: HubFile(path: name, size: size, blob: "", sha256: digits),
      progress: { meter.add(bytes: $0) })
    try fetch.run(by: partial, to: target)
    meter.add(files: 1)
  }

  /// In bytes, as the server says.
  private func size() throws(HubError) -> Int {
    let request = HTTPRequest(.head, address)
    let head = try client.ask(request).head
    guard let size = head["content-length"].flatMap({ Int($0) }), size > 0 else {
      throw .notTheHub(address, reason: "an answer without a length came")
    }
    return size
  }
}
