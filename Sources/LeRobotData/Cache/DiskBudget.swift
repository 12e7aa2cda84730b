import LeRobotCore
import Synchronization

/// Limits how many bytes are written to a disk; warns once when the limit is reached.
final class DiskBudget: Sendable {
  private let left: Mutex<Int>
  private let folder: String
  private let warn: @Sendable (String) -> Void

  init(bytes: Int, folder: String, warn: @escaping @Sendable (String) -> Void) {
    left = Mutex(bytes)
    (self.folder, self.warn) = (folder, warn)
  }

  /// Half of the free space on the disk of `folder`; 0 where the system does not report it.
  static func half(of folder: String) -> Int {
    (FileSystem.freeBytes(of: folder) ?? 0) / 2
  }

  /// Whether so many bytes may be written. If so, they count as written.
  func take(_ bytes: Int) -> Bool {
    let isEnough = left.withLock { left in
      guard left >= bytes else { return false }
      left -= bytes
      return true
    }
    if !isEnough { end(because: "half of the space that was free is used") }
    return isEnough
  }

  /// Whether nothing more may be written.
  var isOver: Bool { left.withLock { $0 < 0 } }

  /// Allows nothing more to be written.
  func end(because reason: String) {
    let isFirst = left.withLock { left in
      defer { left = -1 }
      return left >= 0
    }
    if isFirst {
      warn("\(folder): the frame cache is full (\(reason)); other frames are decoded each time")
    }
  }
}
