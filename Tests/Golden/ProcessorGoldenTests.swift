import Foundation
import LeRobotCore
import OrderedCollections
import Support
import Testing

/// Processor pipelines of the act policy against LeRobot's: their files byte for byte, their
/// arithmetic bit for bit.
struct ProcessorGoldenTests {
  private static func folder(_ mode: NormalizationMode) -> String {
    RepositoryFiles.fixtures.appending(
      path: "checkpoints/processors/\(mode.rawValue.lowercased())"
    ).path
  }

  private static func tensors(_ mode: NormalizationMode, _ file: String) throws -> NamedTensors {
    try SafetensorsFile(path: "\(folder(mode))/\(file).safetensors").tensors()
  }

  /// The policy that Fixtures/generate/processor_files.py makes.
  private static func policy(_ mode: NormalizationMode) -> PolicyConfig {
    var config = ACTConfig()
    config.common.device = "cpu"
    config.common.inputFeatures = [
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 5, 4]),
      "observation.state": PolicyFeature(type: .state, shape: [4]),
      "observation.environment_state": PolicyFeature(type: .environment, shape: [2]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [4])]
    config.normalization = ["VISUAL": mode, "STATE": mode, "ENV": mode, "ACTION": mode]
    return PolicyConfig(config)
  }

  private static func processors(_ mode: NormalizationMode) throws -> PolicyProcessors {
    let statistics = FeatureStatistics(flattened: try tensors(mode, "statistics"))
    return try PolicyProcessors(policy: policy(mode), statistics: statistics)
  }

  @Test(arguments: NormalizationMode.allCases)
  func preprocessedBatchIsLeRobots(mode: NormalizationMode) throws {
    var batch = Batch(tensors: try Self.tensors(mode, "batch"))
    batch["pixels"] = nil
    let processed = try Self.processors(mode).preprocess(batch)
    let expected = try Self.tensors(mode, "processed")
    #expect(Set(processed.tensors.keys) == Set(expected.keys))
    for (key, tensor) in expected { #expect(processed[key] == tensor, "\(key)") }
  }

  @Test(arguments: NormalizationMode.allCases.filter { $0 != .identity })
  func bytesGiveTheSameAsFloats(mode: NormalizationMode) throws {
    var batch = Batch(tensors: try Self.tensors(mode, "batch"))
    batch["observation.images.top"] = batch["pixels"]
    let processed = try Self.processors(mode).preprocess(batch)
    let expected = try Self.tensors(mode, "processed")["observation.images.top"]
    #expect(processed["observation.images.top"] == expected)
  }

  @Test(arguments: NormalizationMode.allCases)
  func postprocessedActionIsLeRobots(mode: NormalizationMode) throws {
    let golden = try Self.tensors(mode, "action")
    let action = try Self.processors(mode).postprocess(try #require(golden["normalized"]))
    #expect(action == golden["action"])
  }

  @Test(arguments: NormalizationMode.allCases)
  func writtenFilesAreLeRobots(mode: NormalizationMode) throws {
    let processors = try Self.processors(mode)
    let written = try TemporaryFolder()
    for pipeline in [processors.preprocessor, processors.postprocessor] {
      try TextFile.write(pipeline.jsonText, to: written.file(pipeline.fileName))
      for (name, tensors) in pipeline.stateFiles {
        try SafetensorsWriter.write(tensors, to: written.file(name))
      }
    }
    let names = try FileSystem.list(Self.folder(mode)).filter { $0.hasPrefix("policy_") }
    #expect(try FileSystem.list(written.path) == names)
    for name in names {
      let expected = try Data(contentsOf: URL(filePath: "\(Self.folder(mode))/\(name)"))
      #expect(try Data(contentsOf: URL(filePath: written.file(name))) == expected, "\(name)")
    }
  }

  @Test(arguments: NormalizationMode.allCases)
  func filesAreReadBack(mode: NormalizationMode) throws {
    let read = try PolicyProcessors(folder: Self.folder(mode))
    let made = try Self.processors(mode)
    #expect(read.preprocessor.jsonText == made.preprocessor.jsonText)
    #expect(read.postprocessor.jsonText == made.postprocessor.jsonText)
    #expect(
      read.preprocessor.stateFiles.values.first?.count
        == made.preprocessor.stateFiles.values.first?.count)
    let batch = Batch(tensors: try Self.tensors(mode, "batch"))
    #expect(try read.preprocess(batch).tensors == made.preprocess(batch).tensors)
  }
}
