import Foundation
import LeRobotCore
import OrderedCollections
import Support
import Testing

/// Finding, downloading and reading pretrained weights.
struct PretrainedPropertyTests {
  private static let plain = RepositoryFiles.fixtures.appending(path: "checkpoints/torch")

  /// The surroundings of a program whose caches lie in `folder`.
  private static func environment(
    _ folder: TemporaryFolder, address: String = "http://127.0.0.1:1"
  ) -> [String: String] {
    [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      "TORCH_HOME": folder.file("torch"), PretrainedWeights.addressVariable: address,
    ]
  }

  @Test func fileIsReadByItsPath() throws {
    let expected = try PretrainedWeights.load(
      Self.plain.appending(path: "expected.safetensors").path, environment: [:]
    ).tensors()
    let read = try PretrainedWeights.load(
      "~/zip.pth", environment: ["HOME": Self.plain.path]
    ).tensors()
    #expect(Set(read.keys) == Set(expected.keys))
    #expect(read["view.transposed"] == expected["view.transposed"])
  }

  @Test(arguments: [
    "ResNet18_Weights", "ResNet18_Weights.IMAGENET1K_V2", "ResNet19_Weights.DEFAULT", "", "/",
    "nowhere.pth",
  ])
  func unknownNameIsRefused(name: String) {
    #expect(throws: PretrainedError.unknown(specification: name)) {
      try PretrainedWeights.load(name, environment: ["PATH": "/usr/bin:/bin"])
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
      let tensors = try PretrainedWeights.load(name, environment: variables).tensors()
      #expect(tensors["scalar"] == HostTensor([3.25], shape: []), "\(place)")
    }
  }

  @Test(
    arguments: Downloader.all.filter {
      $0.path(ProcessInfo.processInfo.environment) != nil
    }.map(\.name))
  func missingFileIsDownloadedCheckedAndKept(program: String) throws {
    let served = try TemporaryFolder()
    let bytes = try Data(contentsOf: Self.plain.appending(path: "zip.pth"))
    var digest = SHA256()
    digest.update(Array(bytes))
    let name = "tiny-\(digest.hexadecimal().prefix(8)).pth"
    _ = try served.write(bytes, to: name)
    let server = try FileServer(folder: served.path)
    let cache = try TemporaryFolder()
    let weights = PretrainedWeights(
      environment: Self.environment(cache, address: server.address + "/"),
      downloaders: Downloader.all.filter { $0.name == program })
    let path = try weights.cached(name)
    #expect(path == cache.file("torch/hub/checkpoints/\(name)"))
    #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
    #expect(try FileSystem.list(cache.file("torch/hub/checkpoints")) == [name])
    // The second time nothing is asked of the network.
    try FileSystem.remove(served.file(name))
    #expect(try weights.cached(name) == path)
  }

  @Test func otherBytesThanTheNameSaysAreNotKept() throws {
    let served = try TemporaryFolder()
    _ = try served.write("other".utf8, to: "resnet18-f37072fd.pth")
    let server = try FileServer(folder: served.path)
    let cache = try TemporaryFolder()
    do throws(PretrainedError) {
      _ = try PretrainedWeights.load(
        "ResNet18_Weights.IMAGENET1K_V1",
        environment: Self.environment(cache, address: server.address))
      Issue.record("loaded")
    } catch {
      guard case .wrongChecksum(_, "f37072fd", _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!error.description.contains("\n"))
    }
    #expect(try FileSystem.list(cache.file("torch/hub/checkpoints")) == [])
  }

  @Test(
    arguments: Downloader.all.filter {
      $0.path(ProcessInfo.processInfo.environment) != nil
    }.map(\.name))
  func withoutNetworkAddressTargetAndRemedyAreNamed(program: String) throws {
    let cache = try TemporaryFolder()
    let weights = PretrainedWeights(
      environment: Self.environment(cache),
      downloaders: Downloader.all.filter { $0.name == program })
    do throws(PretrainedError) {
      _ = try weights.load("ResNet18_Weights.IMAGENET1K_V1")
      Issue.record("loaded")
    } catch {
      let text = error.description
      #expect(text.contains("http://127.0.0.1:1/resnet18-f37072fd.pth"))
      #expect(text.contains(cache.file("torch/hub/checkpoints/resnet18-f37072fd.pth")))
      #expect(text.contains("--policy.pretrained_backbone_weights=null"))
      #expect(!text.contains("\n"))
    }
    #expect(try FileSystem.list(cache.file("torch/hub/checkpoints")) == [])
  }

  @Test func withoutAnyDownloaderThePlaceIsNamed() throws {
    let cache = try TemporaryFolder()
    var environment = Self.environment(cache)
    environment["PATH"] = cache.path
    do throws(PretrainedError) {
      _ = try PretrainedWeights.load("ResNet34_Weights.DEFAULT", environment: environment)
      Issue.record("loaded")
    } catch {
      #expect(error.description.contains("neither curl, wget nor python3"))
    }
  }

  @Test func torchvisionsAddressIsTheDefault() throws {
    let cache = try TemporaryFolder()
    let weights = PretrainedWeights(
      environment: ["TORCH_HOME": cache.path], downloaders: [])
    do throws(PretrainedError) {
      _ = try weights.load("ResNet152_Weights.DEFAULT")
      Issue.record("loaded")
    } catch {
      guard case .downloadFailed(let address, _, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(address == "https://download.pytorch.org/models/resnet152-f82ba261.pth")
    }
  }

  @Test func cacheThatCannotBeWrittenIsNamed() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([], to: "torch")
    do throws(PretrainedError) {
      _ = try PretrainedWeights.load(
        "ResNet18_Weights.DEFAULT", environment: Self.environment(folder))
      Issue.record("loaded")
    } catch {
      guard case .file = error else {
        Issue.record("\(error)")
        return
      }
      #expect(error.description.contains(file))
    }
  }
}
