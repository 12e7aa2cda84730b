import LeRobotData
import Support
import Testing

/// A strip of a video shows its frames from the first to the last.
@Suite struct VideoStripPropertyTests {
  /// Frames of one colour each, brighter from frame to frame.
  private static func video(_ folder: TemporaryFolder, frames: Int) throws -> String {
    let path = folder.file("video.mp4")
    let writer = try VideoWriter(path: path, width: 64, height: 32, fps: 10)
    for frame in 0..<frames {
      let grey = [UInt8](repeating: UInt8(20 + frame * 200 / frames), count: 64 * 32 * 3)
      try writer.add(grey)
    }
    try writer.close()
    return path
  }

  @Test(arguments: [(1, 1), (5, 5), (40, 8)])
  func framesAreEvenlySpaced(_ frames: Int, _ shown: Int) throws {
    let folder = try TemporaryFolder()
    let strip = try VideoStrip.image(try Self.video(folder, frames: frames))
    #expect((strip.width, strip.height) == (shown * 66 - 2, 32))
    for place in 0..<shown {
      let frame = shown == 1 ? 0 : place * (frames - 1) / (shown - 1)
      let grey = Int(strip.pixels[3 * (16 * strip.width + place * 66 + 32)])
      #expect(abs(grey - (20 + frame * 200 / frames)) <= 6, "frame \(frame) of \(frames)")
    }
  }

  @Test func aFileThatIsNoVideoIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("no video".utf8), to: "video.mp4")
    #expect(throws: DataError.self) { try VideoStrip.image(path) }
    #expect(throws: DataError.self) { try VideoStrip.image(folder.file("missing.mp4")) }
  }
}
