import Foundation
import LeRobotData
import Support
import Testing

/// What holds of any video.
struct VideoPropertyTests {
  /// Grey frames whose brightness tells their number.
  static func write(
    _ path: String, frames: Int, width: Int = 32, height: Int = 16, fps: Int = 10,
    encoding: VideoWriter.Encoding = .h264
  ) throws {
    let writer = try VideoWriter(
      path: path, width: width, height: height, fps: fps, encoding: encoding)
    for frame in 0..<frames {
      try writer.add([UInt8](repeating: UInt8(20 + 10 * frame), count: width * height * 3))
    }
    try writer.close()
  }

  @Test(arguments: ["libx264", "mpeg4"])
  func writtenFramesReadBack(_ encoder: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("grey.mp4")
    try Self.write(path, frames: 20, encoding: .init(encoder: encoder))
    let index = try VideoIndex(path: path)
    #expect(index.times == (0..<20).map { Double($0) / 10 })
    let decoder = try FrameDecoder(index, backend: .torchcodec)
    var planes = [UInt8](repeating: 0, count: 3 * 32 * 16)
    for frame in [7, 8, 3, 19, 0, 19, 12] {
      try decoder.read(frame, of: index, into: &planes)
      let mean = Double(planes.reduce(0) { $0 + Int($1) }) / Double(planes.count)
      #expect(abs(mean - Double(20 + 10 * frame)) < 4, "frame \(frame)")
    }
  }

  @Test func oneDecoderServesFilesInTurn() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try Self.write(folder.file(name), frames: 9) }
    let reader = VideoReader(cache: VideoIndexCache(capacity: 1), backend: .pyav)
    for frame in [3, 4, 2, 8] {
      let pictures = try ["a", "b"].map { name in
        var picture = [UInt8](repeating: 0, count: 3 * 16 * 32)
        try reader.read(
          folder.file(name), camera: "c", time: Double(frame) / 10, tolerance: 1e-4,
          size: (16, 32), into: &picture)
        return picture
      }
      #expect(pictures[0] == pictures[1] && pictures[0].contains { $0 > 0 }, "frame \(frame)")
    }
  }

  @Test func nearestFrameIsTakenWithinTheTolerance() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder.file("v"), frames: 5)
    let index = try VideoIndex(path: folder.file("v"))
    #expect(try index.frame(at: 0.20005, tolerance: 1e-4) == 2)
    #expect(try index.frame(at: 0.19995, tolerance: 1e-4) == 2)
    // Halfway, with a tolerance that takes either: the earlier one, as torch's `min` does.
    #expect(try index.frame(at: 0.25, tolerance: 1) == 2)
    for time in [0.2002, -0.001, 0.5, 1e9] {
      #expect(throws: DataError.self) { try index.frame(at: time, tolerance: 1e-4) }
    }
  }

  @Test(arguments: [(31, 17), (16, 33), (1, 1)])
  func sidesAreStretchedToWholeBlocks(width: Int, height: Int) throws {
    let folder = try TemporaryFolder()
    try Self.write(folder.file("odd"), frames: 3, width: width, height: height)
    let size = ((height + 15) / 16 * 16, (width + 15) / 16 * 16)
    var picture = [UInt8](repeating: 0, count: 3 * size.0 * size.1)
    let reader = VideoReader(cache: VideoIndexCache(capacity: 1), backend: .pyav)
    try reader.read(
      folder.file("odd"), camera: "c", time: 0.2, tolerance: 1e-4, size: size, into: &picture)
    let mean = Double(picture.reduce(0) { $0 + Int($1) }) / Double(picture.count)
    #expect(abs(mean - 40) < 4)
  }

  @Test func emptyFramesAndUnknownEncodersAreRefused() throws {
    let folder = try TemporaryFolder()
    #expect(throws: DataError.self) {
      try VideoWriter(path: folder.file("empty.mp4"), width: 0, height: 16, fps: 10)
    }
    #expect(throws: DataError.self) {
      try VideoWriter(
        path: folder.file("none.mp4"), width: 32, height: 16, fps: 10,
        encoding: .init(encoder: "none"))
    }
    #expect(throws: DataError.self) {
      try VideoWriter(path: folder.file("no/such/folder.mp4"), width: 32, height: 16, fps: 10)
    }
  }
}
