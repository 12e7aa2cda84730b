import Foundation
import LeRobotCore
import Support
import Testing

/// What `Scripts/large_weights` measures at 4 GB, at 200 MB and in a process of its own.
struct LargeWeightsPropertyTests {
  private static let program = URL(filePath: TrainingProgram.path)
    .deletingLastPathComponent().appending(path: "large-weights").path

  @Test func halfFrozenWeightsInShardsTakeTheirSizeAndLittleMore() throws {
    let folder = try TemporaryFolder()
    let shards = folder.file("weights")
    let made = try CommandRun([
      Self.program, "make", shards, "--megabytes=200", "--shards=3", "--width=1024",
    ])
    try #require(made.status == 0, "\(made.output)")
    let files = try FileSystem.list(shards).filter { $0.hasSuffix(".safetensors") }
    #expect(files.count == 3)
    let trained = try CommandRun([
      Self.program, "train", shards, folder.file("run"), "--copied_megabytes=16",
    ])
    try #require(trained.status == 0, "\(trained.output)")
    let found = try JSONValue(parsing: trained.output)
    func bytes(_ name: String) throws -> Double {
      try #require(found[name]?.doubleValue, "\(name)")
    }
    let sum = try bytes("weights") + bytes("gradients") + bytes("moments")
    let growth = try bytes("peak") - bytes("before")
    #expect(sum > 500e6 && growth > sum / 2 && growth < 1.2 * sum, "\(found.pythonText())")
    #expect(try abs(bytes("forecast") / sum - 1) < 0.1)
    #expect(try bytes("trained") * 2 == bytes("parameters"))
    #expect(try bytes("frozen_tensors") > 50)
    for name in ["frozen_equal", "types_equal", "trained_changed"] {
      #expect(found[name] == true, "\(name)")
    }
  }
}
