import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// A video's frame that was packed is LeRobot's when it is unpacked, to the byte.
struct PackedFramesGoldenTests {
  typealias Video = VideoGoldenTests.Video

  /// Packs frames that `reader` has read and compares what another reader makes of them.
  private static func compare(
    _ video: Video, _ backend: VideoBackend
  ) throws -> (planar: Int, packedBytes: Int) {
    let size = (height: video.size[1], width: video.size[0])
    let reader = VideoReader(cache: VideoIndexCache(), backend: backend)
    // As after a restart: it has decoded nothing.
    let other = VideoReader(cache: VideoIndexCache(), backend: backend)
    let packer = PicturePacker(size: size)
    var frame = [UInt8](repeating: 0, count: 3 * size.width * size.height)
    var (planar, packedBytes) = (0, 0)
    for (number, time) in video.times.enumerated() {
      try reader.read(
        video.path, camera: "camera", time: time, tolerance: 1e-4, size: size, into: &frame)
      planar += reader.source == nil ? 0 : 1
      let record = Array(reader.source.map { packer.pack($0) } ?? packer.pack(frame))
      packedBytes += record.count
      let unpacked = Self.unpack(record, by: packer, with: other, byteCount: frame.count)
      let digest = unpacked?.withUnsafeBytes { sha256($0) }
      #expect(digest == video.digests(backend)[number], "frame \(number)")
    }
    return (planar, packedBytes)
  }

  private static func unpack(
    _ record: [UInt8], by packer: PicturePacker, with reader: VideoReader, byteCount: Int
  ) -> [UInt8]? {
    let target = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCount)
    defer { target.deallocate() }
    target.update(repeating: 7, count: byteCount)
    let followed = record + [UInt8](repeating: 255, count: PicturePacker.slack)
    let isWhole = followed.withUnsafeBytes { bytes in
      packer.unpack(
        UnsafeRawBufferPointer(rebasing: bytes[..<record.count]), into: target,
        convert: { reader.convert($0, into: target) })
    }
    return isWhole ? Array(UnsafeBufferPointer(start: target, count: byteCount)) : nil
  }

  @Test(arguments: try VideoGoldenTests.videos(), VideoBackend.allCases)
  func framesMatchLeRobot(_ video: Video, _ backend: VideoBackend) throws {
    let (planar, packedBytes) = try Self.compare(video, backend)
    // Samples of ten bits do not fit: those frames are packed as colours.
    #expect(planar == (video.name.contains("10_bit") ? 0 : video.times.count))
    #expect(packedBytes < 3 * video.size[0] * video.size[1] * video.times.count)
  }
}
