import Foundation
import LeRobotCore

/// The pictures of the first batch as files of a run's folder: `first_batch/CAMERA.jpg`.
package enum FirstBatchFiles {
  package static func write(
    _ pictures: [FirstBatchPicture], _ run: RunDirectory
  ) throws(FileError) {
    try FileSystem.createDirectory(run.firstBatch)
    for picture in pictures {
      let file = try RawFile(writing: "\(run.firstBatch)/\(name(of: picture.camera)).jpg")
      try file.write(picture.jpeg)
    }
  }

  /// What can be read of them, by name.
  package static func read(_ run: RunDirectory) -> [FirstBatchPicture] {
    let names = (try? FileSystem.list(run.firstBatch)) ?? []
    return names.filter { $0.hasSuffix(".jpg") }.compactMap { name in
      guard let bytes = try? TextFile.bytes("\(run.firstBatch)/\(name)"),
        let size = JPEGSize(bytes)
      else { return nil }
      return FirstBatchPicture(
        camera: String(name.dropLast(4)), jpeg: bytes, width: size.width, height: size.height)
    }
  }

  /// A camera's name as the name of a file.
  private static func name(of camera: String) -> String {
    camera.replacingOccurrences(of: "/", with: "_")
  }
}

/// Width and height in the frame header of a JPEG file.
private struct JPEGSize {
  var (width, height) = (0, 0)

  /// - Returns: nil for what is no JPEG file.
  init?(_ bytes: [UInt8]) {
    var at = 2
    while at + 9 <= bytes.count, bytes[at] == 0xFF {
      let marker = bytes[at + 1]
      let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
      // Frame headers, but for the three markers among their numbers that mean something else.
      if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
        height = Int(bytes[at + 5]) << 8 | Int(bytes[at + 6])
        width = Int(bytes[at + 7]) << 8 | Int(bytes[at + 8])
        return
      }
      at += 2 + length
    }
    return nil
  }
}
