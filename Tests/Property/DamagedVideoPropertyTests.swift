import Foundation
import LeRobotData
import Support
import Testing

/// A damaged video of any container is an error in one line or gives frames: it never crashes.
struct DamagedVideoPropertyTests {
  private static let names = [
    "av1.mkv", "vp9.webm", "h264_reordered.ts", "mpeg4.avi", "av1_fragments.mp4",
    "h264_fragments.mp4", "cut_reordered.mp4",
  ]

  @Test(arguments: names)
  func damagedVideosAreRefusedOrRead(_ name: String) throws {
    let seed = name.utf8.reduce(3) { $0 &* 31 &+ UInt64($1) }
    let url = RepositoryFiles.fixtures.appending(path: "containers/\(name)")
    let original = Array(try Data(contentsOf: url))
    let folder = try TemporaryFolder()
    let path = folder.file(name)
    var mutator = ByteMutator(seed: seed)
    var (refused, read) = (0, 0)
    for index in 0..<60 {
      // Most of what matters stands near the beginning.
      let scope = index % 2 == 0 ? 600 : original.count
      try Data(mutator.damage(original, within: scope)).write(to: URL(filePath: path))
      do {
        read += try Self.frames(of: path)
      } catch {
        refused += 1
        #expect(!error.description.contains("\n"), "seed \(seed), \(index): \(error)")
      }
    }
    #expect(refused > 0 && read > 0, "\(refused) refused, \(read) frames")
  }

  /// Reads all frames; how many there are.
  private static func frames(of path: String) throws(DataError) -> Int {
    let index = try VideoIndex(path: path)
    let reader = VideoReader(cache: VideoIndexCache(capacity: 1), backend: .pyav)
    var frame = [UInt8](repeating: 0, count: 3 * 64 * 64)
    for time in index.times.prefix(64) {
      try reader.read(
        path, camera: "c", time: time, tolerance: 1e-4, size: (64, 64), into: &frame)
    }
    return index.frameCount
  }
}
