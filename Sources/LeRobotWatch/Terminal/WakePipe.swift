import Foundation
import LeRobotCore

/// A pipe by which another thread wakes a loop that waits for keys.
final class WakePipe: Sendable {
  /// What the loop waits for.
  let readEnd: Int32
  private let writeEnd: Int32

  init() throws(FileError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system(.create, path: "pipe", code: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// Sends the loop a number. Where it has not read thousands of them, one more is of no account.
  func send(_ number: Int32) {
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(writeEnd, &byte, 1)
  }

  /// What was sent since the last call.
  func received() -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(readEnd, &bytes, bytes.count)
    return count > 0 ? bytes[..<count].map(Int32.init) : []
  }
}
