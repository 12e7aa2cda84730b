import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Frames as LeRobot's two decoders give them.
struct VideoGoldenTests {
  struct Video: Decodable, CustomStringConvertible {
    let name: String
    let size: [Int]
    let times: [Double]
    let torchcodec: [String?]
    let pyav: [String?]
    var description: String { name }

    var path: String { RepositoryFiles.fixtures.appending(path: "videos/\(name).mp4").path }

    /// LeRobot's frames; where its pyav path reads none, torchcodec's, which differ in no colour.
    func digests(_ backend: VideoBackend) -> [String?] {
      backend == .torchcodec ? torchcodec : zip(pyav, torchcodec).map { $0 ?? $1 }
    }
  }

  static func videos() throws -> [Video] {
    let url = RepositoryFiles.fixtures.appending(path: "videos/frames.json")
    return try JSONDecoder().decode([Video].self, from: Data(contentsOf: url))
  }

  /// Frames in an order that goes forwards, backwards, within and between groups of pictures.
  static func shuffled(_ count: Int) -> [Int] {
    var generator = SplitMix64(seed: 1)
    return (0..<count).shuffled(using: &generator) + Array(0..<count) + (0..<count).reversed()
  }

  @Test(arguments: try videos(), VideoBackend.allCases)
  func framesMatchLeRobot(_ video: Video, _ backend: VideoBackend) throws {
    let (width, height) = (video.size[0], video.size[1])
    let index = try VideoIndex(path: video.path)
    #expect(index.times == video.times)
    let reader = VideoReader(cache: VideoIndexCache(), backend: backend)
    var frame = [UInt8](repeating: 0, count: 3 * width * height)
    for number in Self.shuffled(video.times.count) {
      try reader.read(
        video.path, camera: "camera", time: video.times[number], tolerance: 1e-4,
        size: (height, width), into: &frame)
      let digest = frame.withUnsafeBytes { sha256($0) }
      #expect(digest == video.digests(backend)[number], "frame \(number)")
    }
  }
}
