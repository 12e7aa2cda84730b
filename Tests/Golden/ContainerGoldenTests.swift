import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Frames of every container, by their times, are those that decoding it from its beginning gives.
struct ContainerGoldenTests {
  struct Video: Decodable, CustomStringConvertible {
    let name: String
    let size: [Int]
    let times: [Double]
    let frames: [String]
    var description: String { name }

    var path: String { RepositoryFiles.fixtures.appending(path: "containers/\(name)").path }
  }

  static func videos() throws -> [Video] {
    let url = RepositoryFiles.fixtures.appending(path: "containers/containers.json")
    return try JSONDecoder().decode([Video].self, from: Data(contentsOf: url))
  }

  @Test(arguments: try videos(), VideoBackend.allCases)
  func framesMatchPyAV(_ video: Video, _ backend: VideoBackend) throws {
    let (width, height) = (video.size[0], video.size[1])
    #expect(try VideoIndex(path: video.path).times == video.times)
    let reader = VideoReader(cache: VideoIndexCache(), backend: backend)
    var frame = [UInt8](repeating: 0, count: 3 * width * height)
    for number in VideoGoldenTests.shuffled(video.times.count) {
      try reader.read(
        video.path, camera: "camera", time: video.times[number], tolerance: 1e-4,
        size: (height, width), into: &frame)
      let digest = frame.withUnsafeBytes { sha256($0) }
      #expect(digest.hasPrefix(video.frames[number]), "frame \(number)")
    }
  }

  /// Only what lies in pieces is copied.
  @Test(arguments: try videos())
  func samplesAreReadInPlaceWhereTheyAreWhole(_ video: Video) throws {
    let index = try VideoIndex(path: video.path)
    #expect(index.isCopied == video.name.hasSuffix(".ts"))
  }
}
