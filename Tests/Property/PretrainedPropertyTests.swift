import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import OrderedCollections
import Support
import Testing

/// Finding, downloading and reading pretrained weights.
struct PretrainedPropertyTests {
  private static let plain = RepositoryFiles.fixtures.appending(path: "checkpoints/torch")

  /// Weights whose caches lie in `folder` and that come from a server.
  private static func weights(
    _ folder: TemporaryFolder, from address: String? = "http://127.0.0.1:1"
  ) -> PretrainedWeights {
    var environment = ["TORCH_HOME": folder.file("torch"), "HF_TOKEN": "secret"]
    environment[PretrainedWeights.addressVariable] = address
    return PretrainedWeights(environment: environment, Hub(environment))
  }

  /// Weights that are never downloaded.
  private static func local(_ environment: [String: String]) -> PretrainedWeights {
    PretrainedWeights(environment: environment) { (address, _, _) throws(RemoteFileError) in
      throw RemoteFileError("asked for \(address)")
    }
  }

  @Test func fileIsReadByItsPath() throws {
    let expected = try Self.local([:]).load(
      Self.plain.appending(path: "expected.safetensors").path
    ).tensors()
    let read = try Self.local(["HOME": Self.plain.path]).load("~/zip.pth").tensors()
    #expect(Set(read.keys) == Set(expected.keys))
    #expect(read["view.transposed"] == expected["view.transposed"])
  }

  @Test(arguments: [
    "ResNet18_Weights", "ResNet18_Weights.IMAGENET1K_V2", "ResNet19_Weights.DEFAULT", "", "/",
    "nowhere.pth",
  ])
  func unknownNameIsRefused(name: String) {
    #expect(throws: PretrainedError.unknown(specification: name)) {
      try Self.local([:]).load(name)
    }
  }

  @Test(arguments: [
    ("ResNet18_Weights.IMAGENET1K_V1", "resnet18-f37072fd.pth"),
    ("ResNet18_Weights.DEFAULT", "resnet18-f37072fd.pth"),
    ("ResNet50_Weights.IMAGENET1K_V1", "resnet50-0676ba61.pth"),
    ("ResNet50_Weights.DEFAULT", "resnet50-11ad3fa6.pth"),
  ])
  func nameIsLookedForInTorchsFolders(name: String, file: String) throws {
    let folder = try TemporaryFolder()
    for (variables, place) in [
      (["TORCH_HOME": folder.file("t")], "t/hub/checkpoints"),
      (["XDG_CACHE_HOME": folder.file("x")], "x/torch/hub/checkpoints"),
      (["HOME": folder.path], ".cache/torch/hub/checkpoints"),
    ] {
      try FileSystem.createDirectory(folder.file(place))
      try FileManager.default.copyItem(
        atPath: Self.plain.appending(path: "zip.pth").path,
        toPath: folder.file("\(place)/\(file)"))
      let tensors = try Self.local(variables).load(name).tensors()
      #expect(tensors["scalar"] == HostTensor([3.25], shape: []), "\(place)")
    }
  }

  /// A server with one file; the address of its folder.
  private static func served(
    _ bytes: [UInt8], as name: String, _ folder: TemporaryFolder
  ) throws -> (server: FakeHub, address: String) {
    let server = try FakeHub(folder: folder.file("server"))
    try server.addRepository(.model, "torch/vision")
    _ = try server.commit([name: .bytes(bytes)], to: .model, "torch/vision")
    return (server, "\(server.endpoint)/torch/vision/resolve/main")
  }

  @Test func missingFileIsDownloadedCheckedAndKept() throws {
    let folder = try TemporaryFolder()
    let bytes = Array(try Data(contentsOf: Self.plain.appending(path: "zip.pth")))
    let name = "tiny-\(try Digest.hexadecimal(.sha256, of: bytes).prefix(8)).pth"
    let (server, address) = try Self.served(bytes, as: name, folder)
    let weights = Self.weights(folder, from: address + "/")
    let path = try weights.cached(name)
    #expect(path == folder.file("torch/hub/checkpoints/\(name)"))
    #expect(Array(try Data(contentsOf: URL(filePath: path))) == bytes)
    #expect(try FileSystem.list(folder.file("torch/hub/checkpoints")) == [name])
    // It is not the hub, so it is told no token.
    #expect(server.requests.allSatisfy { $0.authorization == nil })
    let count = server.count
    // The second time nothing is asked of the network.
    #expect(try weights.cached(name) == path)
    #expect(server.count == count)
  }

  @Test func whatArrivedBeforeIsNotAskedForAgain() throws {
    let folder = try TemporaryFolder()
    let bytes = Array(try Data(contentsOf: Self.plain.appending(path: "zip.pth")))
    let name = "tiny-\(try Digest.hexadecimal(.sha256, of: bytes).prefix(8)).pth"
    let (server, address) = try Self.served(bytes, as: name, folder)
    try FileSystem.createDirectory(folder.file("torch/hub/checkpoints"))
    _ = try folder.write(bytes.prefix(100), to: "torch/hub/checkpoints/\(name).partial")
    let path = try Self.weights(folder, from: address).cached(name)
    #expect(Array(try Data(contentsOf: URL(filePath: path))) == bytes)
    #expect(server.requests.last?.range == "bytes=100-")
  }

  @Test func otherBytesThanTheNameSaysAreNotKept() throws {
    let folder = try TemporaryFolder()
    let (server, address) = try Self.served(
      Array("other".utf8), as: "resnet18-f37072fd.pth", folder)
    defer { server.stop() }
    let error = #expect(throws: PretrainedError.self) {
      try Self.weights(folder, from: address).load("ResNet18_Weights.IMAGENET1K_V1")
    }
    #expect(error?.description.contains("not f37072fd") == true)
    #expect(error?.description.contains("\n") == false)
    #expect(try FileSystem.list(folder.file("torch/hub/checkpoints")) == [])
  }

  @Test func withoutNetworkAddressTargetAndRemedyAreNamed() throws {
    let folder = try TemporaryFolder()
    let variables = [
      "TORCH_HOME": folder.file("torch"), "HF_HUB_OFFLINE": "1",
      PretrainedWeights.addressVariable: "http://127.0.0.1:1",
    ]
    let weights = PretrainedWeights(environment: variables, Hub(variables))
    let error = #expect(throws: PretrainedError.self) {
      try weights.load("ResNet18_Weights.IMAGENET1K_V1")
    }
    let text = error?.description ?? ""
    #expect(text.contains("http://127.0.0.1:1/resnet18-f37072fd.pth"))
    #expect(text.contains(folder.file("torch/hub/checkpoints/resnet18-f37072fd.pth")))
    #expect(text.contains("--policy.pretrained_backbone_weights=null"))
    #expect(!text.contains("\n"))
  }

  @Test func torchvisionsAddressIsTheDefault() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: PretrainedError.self) {
      try Self.local(["TORCH_HOME": folder.path]).load("ResNet152_Weights.DEFAULT")
    }
    guard case .downloadFailed(_, let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason == "asked for https://download.pytorch.org/models/resnet152-f82ba261.pth")
  }

  @Test func cacheThatCannotBeWrittenIsNamed() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([], to: "torch")
    let error = #expect(throws: PretrainedError.self) {
      try Self.weights(folder).load("ResNet18_Weights.DEFAULT")
    }
    #expect(error?.description.contains(file) == true)
  }
}
