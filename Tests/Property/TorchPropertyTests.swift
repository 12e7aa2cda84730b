import Fast
import Foundation
import LeRobotCore
import Reference
import Support
import Testing

/// How libtorch is opened, and how its refusals reach the user.
@Suite struct TorchPropertyTests {
  @Test func aLibtorchThatIsDamagedIsAnErrorInALine() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try folder.addTorch("torch", version: "2.7.1")
      _ = try folder.write([], to: "lib/libCTorch-2.7.so")
      let search = TorchSearch(
        environment: ["LIBTORCH": folder.file("torch")], libraries: folder.file("lib"))
      do throws(TorchError) {
        try Torch.open(search)
      } catch {
        let line = error.description
        let start = "cannot open libtorch in \(folder.file("torch")): "
        // `exit` ends no lifetime.
        try? FileManager.default.removeItem(atPath: folder.path)
        exit(line.hasPrefix(start) && !line.contains("\n") ? 0 : 2)
      }
      exit(3)
    }
  }

  /// The host's memory: an array of Swift's would end the process with a stack trace.
  @Test @TorchThread func memoryThatRunsOutForACopyIsThrown() throws {
    try Torch.open()
    let large = Fast.Tensor.ones([1]).broadcast(to: [1 << 45])
    let expected = TorchError.outOfMemory(
      operation: "reading a tensor of shape [35184372088832]",
      reason: "not enough memory: you tried to allocate 140737488355328 bytes")
    #expect(throws: expected) { try large.host() }
  }

  @Test(arguments: 0..<10 as Range<UInt64>) @TorchThread
  func hostTensorsComeBackAsTheyWere(seed: UInt64) throws {
    try Torch.open()
    var generator = SplitMix64(seed: seed)
    let tensor = HostTensor.random(using: &generator)
    #expect(try Fast.Tensor(tensor).host() == tensor, "seed \(seed)")
  }

  /// [picture-table], by both engines: two samples of two channels.
  @Test @TorchThread func picturesBecomeTheNumbersTheirBytesStandFor() throws {
    let table = (0..<512).map { Float($0) / 7 - 20 }
    var generator = SplitMix64(seed: 5)
    let bytes = (0..<60).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let picture = PictureBytes(bytes, shape: [2, 2, 3, 5], table: table, inner: 15)
    let expected = HostTensor(
      bytes.indices.map { table[$0 / 15 % 2 * 256 + Int(bytes[$0])] }, shape: [2, 2, 3, 5])
    #expect(picture.tensor == expected)
    #expect(try Fast.Tensor(picture).host() == expected)
    #expect(Reference.Tensor(picture.tensor).float32 == expected)
    var batch = Batch()
    batch.values["p"] = .picture(picture)
    #expect(batch["p"] == expected && batch.values["p"]?.shape == expected.shape)
  }

  @Test @TorchThread func pretrainedWeightsMustFitTheBackbone() throws {
    try Torch.open()
    let backbone = Fast.ResNet(
      .resnet18, replacesFinalStrideWithDilation: false, random: Fast.TorchRandom())
    var weights = try NamedTensors(
      uniqueKeysWithValues: backbone.parameters.map { ($0.key, try $0.value.value.host()) })
    weights["fc.weight"] = HostTensor([1] as [Float], shape: [1])
    weights["conv1.weight"] = HostTensor(
      [Float](repeating: 2, count: 64 * 147), shape: [64, 3, 7, 7])
    let part = PretrainedPart(option: "pretrained_backbone_weights", source: .torchvision("w"))
    try backbone.parameters.load(part, from: weights)
    #expect(try backbone.stem.weight.value.host() == weights["conv1.weight"])
    weights["bn1.bias"] = HostTensor([1] as [Float], shape: [1])
    func message() -> String? {
      #expect(throws: PolicyConfigError.self) {
        try backbone.parameters.load(part, from: weights)
      }?.description
    }
    let start = "policy.pretrained_backbone_weights: w"
    let remedy = "choose weights of the same vision_backbone"
    #expect(message() == "\(start) has bn1.bias in the shape [1], not [64]; \(remedy)")
    weights["bn1.bias"] = nil
    #expect(message() == "\(start) lacks bn1.bias; \(remedy)")
  }
}
