import Foundation

/// How far a download or an upload is.
package struct TransferProgress: Sendable, Equatable {
  package enum Direction: String, Sendable {
    case down = "Downloading"
    case up = "Uploading"
  }

  package let direction: Direction
  /// What is transferred: a repository.
  package let name: String
  package let fileCount: Int
  package let byteCount: Int
  package var filesDone = 0
  package var bytesDone = 0
  /// Since it began.
  package var seconds = 0.0

  package init(_ direction: Direction, _ name: String, fileCount: Int, byteCount: Int) {
    (self.direction, self.name) = (direction, name)
    (self.fileCount, self.byteCount) = (fileCount, byteCount)
  }

  package var isDone: Bool { filesDone == fileCount && bytesDone == byteCount }

  /// Bytes per second.
  private var rate: Double { seconds > 0 ? Double(bytesDone) / seconds : 0 }

  /// Seconds that remain at the present rate; nil while nothing has moved.
  private var secondsLeft: Double? { rate > 0 ? Double(byteCount - bytesDone) / rate : nil }

  /// `Downloading lerobot/pusht: 3 of 9 files, 12 MB of 80 MB, 8 MB/s, left 0:08`
  package var line: String {
    var parts = [
      "\(filesDone) of \(fileCount) files",
      "\(formatBytes(bytesDone)) of \(formatBytes(byteCount))",
      "\(formatBytes(Int(rate)))/s",
    ]
    if !isDone, let secondsLeft { parts.append("left \(formatClock(secondsLeft))") }
    return "\(direction.rawValue) \(name): " + parts.joined(separator: ", ")
  }
}
