import Foundation
import LeRobotCore
import Support
import Testing

/// Files of torch.save.
struct TorchFileGoldenTests {
  static let folder = RepositoryFiles.fixtures.appending(path: "checkpoints/torch")

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  @Test(arguments: ["zip", "nested", "protocol4", "legacy"])
  func tensorsAreTorchs(name: String) throws {
    let expected = try SafetensorsFile(path: Self.path("expected.safetensors")).tensors()
    let read = try TorchFile.read(Self.path("\(name).pth"))
    #expect(Set(read.keys) == Set(expected.keys))
    for (key, tensor) in expected { #expect(read[key] == tensor, "\(key)") }
    #expect(Array(read.keys.prefix(3)) == ["0.weight", "0.bias", "1.weight"])
  }

  @Test func codeIsNamedAndNotRun() {
    let path = Self.path("command.pth")
    #expect(throws: TorchFileError.refusedGlobal(file: path, name: "posix.system")) {
      try TorchFile.read(path)
    }
    #expect(!FileManager.default.fileExists(atPath: "should-not-exist"))
  }

  @Test(arguments: ["bad_count", "bad_offset", "bad_stride", "bad_shape", "expanded", "negative"])
  func tensorBeyondItsStorageIsRefused(name: String) throws {
    do throws(TorchFileError) {
      _ = try TorchFile.read(Self.path("\(name).pth"))
      Issue.record("read")
    } catch {
      guard case .badTensor = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!error.description.contains("\n"))
    }
  }

  @Test(arguments: ["deep", "number"])
  func otherObjectsAreNoStateDictionary(name: String) {
    let path = Self.path("\(name).pth")
    #expect(throws: TorchFileError.noStateDictionary(file: path)) { try TorchFile.read(path) }
  }

  @Test func unfinishedPickleIsRefused() {
    #expect(throws: TorchFileError.self) { try TorchFile.read(Self.path("endless.pth")) }
  }

  @Test func compressedRecordIsRefused() throws {
    do throws(TorchFileError) {
      _ = try TorchFile.read(Self.path("deflated.pth"))
      Issue.record("read")
    } catch {
      guard case .damagedArchive(_, let reason) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(reason.contains("compressed"))
    }
  }
}
