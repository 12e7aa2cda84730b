import Foundation
import LeRobotCore
import Support
import Testing

/// Weights one at a time: from files, shards and memory, under other names, and back into files.
struct WeightSourcePropertyTests {
  private static let torchFiles = RepositoryFiles.fixtures.appending(path: "checkpoints/torch")

  private static func random(_ count: Int, seed: UInt64) -> NamedTensors {
    var generator = SplitMix64(seed: seed)
    return NamedTensors(
      uniqueKeysWithValues: (0..<count).map {
        ("layer.\($0)", HostTensor.random(using: &generator))
      })
  }

  // MARK: Files

  @Test func aLargeTensorIsMappedAndReadsTheSame() throws {
    var generator = SplitMix64(seed: 3)
    // An odd length and another tensor before it, so that the mapped bytes begin within a page.
    let bytes = (0..<(1 << 20) + 3).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let tensors: NamedTensors = [
      "a": HostTensor([1, 2, 3] as [UInt8], shape: [3]),
      "b": HostTensor(bytes, shape: [bytes.count]),
    ]
    let folder = try TemporaryFolder()
    let path = folder.file("large.safetensors")
    try SafetensorsWriter.write(tensors, to: path)
    let large = try SafetensorsFile(path: path).tensor("b")
    try FileSystem.remove(path)
    large.buffer.release()
    #expect(large == tensors["b"])
    #expect(large.values(of: UInt8.self) == bytes)
  }

  @Test func aTorchFileGivesOneTensorAtATime() throws {
    let path = Self.torchFiles.appending(path: "zip.pth").path
    let (all, file) = (try TorchFile.read(path), try TorchFile(path: path))
    #expect(file.names == Array(all.keys))
    for (name, entry) in file.entries {
      let tensor = try file.tensor(name)
      #expect(tensor == all[name] && tensor.entry == entry, "\(name)")
    }
    #expect(throws: WeightError.missing("no", source: path)) { try file.tensor("no") }
  }

  // MARK: Shards

  @Test(arguments: 0..<10 as Range<UInt64>)
  func shardsAreReadBackAsWritten(seed: UInt64) throws {
    // Enough tensors that no seed fits into two files.
    let tensors = Self.random(60, seed: seed)
    try #require(tensors.values.reduce(0) { $0 + $1.byteCount } > 3 * 64)
    let folder = try TemporaryFolder()
    var sink = try ShardedSafetensorsSink(
      folder: folder.path, name: "model.safetensors", entries: tensors.entries, shardSize: 64)
    try sink.write(tensors as any WeightSource)
    let files = try FileSystem.list(folder.path).filter { $0.hasSuffix(".safetensors") }
    #expect(files.count > 2 && files[0].hasPrefix("model-00001-of-"), "seed \(seed)")
    for file in files {
      let shard = try SafetensorsWeights(
        file: SafetensorsFile(path: folder.file(file)))
      #expect(shard.byteCount <= 64 || shard.entries.count == 1, "seed \(seed), \(file)")
    }
    let read = try SafetensorsWeights(folder: folder.path, name: "model.safetensors")
    #expect(Set(read.names) == Set(tensors.keys))
    for (name, tensor) in tensors {
      #expect(try read.tensor(name) == tensor, "seed \(seed), \(name)")
    }
  }

  @Test func oneFileCountsMoreThanAnIndex() throws {
    let folder = try TemporaryFolder()
    let whole: NamedTensors = ["w": HostTensor([1] as [Float], shape: [1])]
    try SafetensorsWriter.write(whole, to: folder.file("model.safetensors"))
    _ = try folder.write("{}".utf8, to: "model.safetensors.index.json")
    let read = try SafetensorsWeights(folder: folder.path, name: "model.safetensors")
    #expect(try read.tensors() == whole)
  }

  @Test func aTensorThatTheIndexLeavesOutIsStillThere() throws {
    let folder = try TemporaryFolder()
    let tensors = Self.random(3, seed: 1)
    try SafetensorsWriter.write(tensors, to: folder.file("part.safetensors"))
    let path = try folder.write(
      #"{"weight_map": {"layer.1": "part.safetensors"}}"#.utf8, to: "model.safetensors.index.json")
    let read = try SafetensorsWeights(index: path)
    #expect(read.names.first == "layer.1" && Set(read.names) == Set(tensors.keys))
  }

  @Test(arguments: [
    ("{", "line 1"), ("{}", "has no weight_map"), (#"{"weight_map": {}}"#, "is empty"),
    (#"{"weight_map": {"a": 1}}"#, "weight_map.a"),
    (#"{"weight_map": {"a": "../x.safetensors"}}"#, "weight_map.a"),
    (#"{"weight_map": {"a": ""}}"#, "weight_map.a"),
  ])
  func aDamagedIndexIsRefused(text: String, part: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text.utf8, to: "model.safetensors.index.json")
    do throws(WeightError) {
      _ = try SafetensorsWeights(index: path)
      Issue.record("read \(text)")
    } catch {
      guard case .badIndex(path, let reason) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(reason.contains(part) && !error.description.contains("\n"))
    }
  }

  @Test func aMissingShardOrTensorIsNamed() throws {
    let folder = try TemporaryFolder()
    try SafetensorsWriter.write(Self.random(1, seed: 1), to: folder.file("x.safetensors"))
    let path = try folder.write(
      #"{"weight_map": {"layer.0": "x.safetensors", "layer.9": "x.safetensors"}}"#.utf8,
      to: "i.index.json")
    #expect(throws: WeightError.missing("layer.9", source: folder.file("x.safetensors"))) {
      try SafetensorsWeights(index: path)
    }
    try FileSystem.remove(folder.file("x.safetensors"))
    let missing = FileError.system(.open, path: folder.file("x.safetensors"), code: 2)
    #expect(throws: WeightError.safetensors(.file(missing))) {
      try SafetensorsWeights(index: path)
    }
  }

  @Test func aCheckpointInShardsLoads() throws {
    let original = RepositoryFiles.fixtures.appending(
      path: "policies/act/checkpoint_adamw/pretrained_model"
    ).path
    let weights = try Checkpoint.open(original).weights()
    let folder = try TemporaryFolder()
    let copy = folder.file("policy")
    try FileManager.default.copyItem(atPath: original, toPath: copy)
    try FileSystem.remove(copy + "/model.safetensors")
    var sink = try ShardedSafetensorsSink(
      folder: copy, name: "model.safetensors", entries: weights.entries, shardSize: 10_000)
    try sink.write(weights)
    #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path).weights() }
    let checkpoint = try Checkpoint.open(copy)
    #expect(try Set(checkpoint.weightSource().names) == Set(weights.keys))
    for (name, tensor) in try checkpoint.weights() {
      #expect(tensor == weights[name], "\(name)")
    }
  }

  // MARK: Names

  @Test func theMatchOfNamesKeepsEachSidesOrder() {
    let match = LoadedWeights(wanted: ["c", "a", "x", "b"], found: ["z", "b", "a", "y"])
    #expect(match.loaded == ["b", "a"])
    #expect(match.missing == ["c", "x"] && match.unexpected == ["z", "y"])
  }

  @Test func aKeyMapRenamesByTheLongestRule() {
    let map = KeyMap([
      .prefix("model.vision.", "vision_tower."), .prefix("model.vision.head.", "head."),
      .name("model.vision.head.scale", "scale"), .prefix("text.", "text."),
    ])
    #expect(map.target(of: "model.vision.layer.0") == "vision_tower.layer.0")
    #expect(map.target(of: "model.vision.head.bias") == "head.bias")
    #expect(map.target(of: "model.vision.head.scale") == "scale")
    #expect(map.target(of: "text.a") == "text.a")
    #expect(map.target(of: "other") == nil)
  }

  /// Two rules whose targets meet: a name that could not come back has no counterpart.
  @Test func aNameThatCouldNotComeBackHasNoCounterpart() {
    let map = KeyMap([.prefix("vision.", "v."), .prefix("", "")])
    #expect(map.target(of: "vision.a") == "v.a")
    #expect(map.target(of: "v.a") == nil)
    #expect(map.inverse.target(of: "v.a") == "vision.a")
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func thereAndBackIsTheSameName(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    func word(_ lengths: ClosedRange<Int>) -> String {
      String(
        (0..<Int.random(in: lengths, using: &generator)).map { _ in
          "ab.".randomElement(using: &generator) ?? "a"
        })
    }
    let map = KeyMap(
      (0..<Int.random(in: 1...5, using: &generator)).map { _ in
        Bool.random(using: &generator)
          ? .prefix(word(0...3), word(0...3)) : .name(word(1...5), word(1...5))
      })
    var mapped = 0
    for _ in 0..<200 {
      let name = word(1...6)
      guard let target = map.target(of: name) else { continue }
      mapped += 1
      #expect(map.inverse.target(of: target) == name, "seed \(seed), \(name) is \(target)")
    }
    #expect(mapped > 0 || seed != 1, "seed \(seed)")
  }

  @Test func renamedWeightsAreReadUnderTheirNewNames() throws {
    let tensors = Self.random(4, seed: 2)
    let renamed = tensors.renamed(
      KeyMap([.prefix("layer.", "blocks."), .name("layer.3", "x")]))
    #expect(renamed.names == ["blocks.0", "blocks.1", "blocks.2", "x"])
    #expect(try renamed.tensor("x") == tensors["layer.3"])
    let one = tensors.filtered { $0 == "layer.1" }
    #expect(one.names == ["layer.1"])
    #expect(try one.tensor("layer.1") == tensors["layer.1"])
    #expect(throws: WeightError.self) { try renamed.tensor("layer.3") }
  }

  @Test func messagesAreOneLine() {
    let errors: [WeightError] = [
      .file(.system(.map, path: "f", code: 12)), .safetensors(.tooShort(file: "f", byteCount: 1)),
      .torchFile(.unknownFormat(file: "f")), .badIndex(file: "f", reason: "r"),
      .missing("t", source: "f"),
      .changedDuringSave("t"),
    ]
    for error in errors { #expect(!error.description.contains("\n"), "\(error)") }
  }
}
