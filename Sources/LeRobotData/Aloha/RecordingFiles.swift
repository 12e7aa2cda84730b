import Synchronization

/// Open recordings, shared by all readers. Those opened first are closed again.
final class RecordingFiles: Sendable {
  /// How many stay open: enough for the usual fifty episodes.
  private let limit: Int
  private let open: Mutex<(files: [String: HDF5File], order: [String])>

  init(limit: Int = 64) {
    self.limit = limit
    open = Mutex(([:], []))
  }

  func file(_ path: String) throws(HDF5Error) -> HDF5File {
    if let known = open.withLock({ $0.files[path] }) { return known }
    let file = try HDF5File(path: path)
    return open.withLock { open in
      // Another thread may have been quicker.
      if let known = open.files[path] { return known }
      open.files[path] = file
      open.order.append(path)
      if open.order.count > limit { open.files[open.order.removeFirst()] = nil }
      return file
    }
  }
}
