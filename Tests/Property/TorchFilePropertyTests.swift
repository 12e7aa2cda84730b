import Foundation
import LeRobotCore
import Support
import Testing

/// What any bytes at all lead to when they are read as torch's files, and the digests.
struct TorchFilePropertyTests {
  private static func fixture(_ name: String) throws -> [UInt8] {
    Array(
      try Data(
        contentsOf: RepositoryFiles.fixtures.appending(path: "checkpoints/torch/\(name).pth")))
  }

  @Test(arguments: ["zip", "legacy", "protocol4"])
  func readingAnyBytesEndsInTensorsOrAnError(name: String) throws {
    let original = try Self.fixture(name)
    var generator = SplitMix64(seed: 21)
    let folder = try TemporaryFolder()
    var refused = 0
    for _ in 0..<300 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      }
      if Int.random(in: 0..<3, using: &generator) == 0 {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      }
      let path = try folder.write(bytes, to: "x.pth")
      do throws(TorchFileError) {
        _ = try TorchFile.read(path)
      } catch {
        refused += 1
        #expect(!error.description.contains("\n"), "seed 21: \(error)")
      }
    }
    #expect(refused > 100)
  }

  @Test func flippedBitOfATensorIsFound() throws {
    var bytes = try Self.fixture("zip")
    // 1.5 and −2.5, the tensor called "parameter".
    let pattern: [UInt8] = [0, 0, 0xC0, 0x3F, 0, 0, 0x20, 0xC0]
    let place = try #require(
      (0..<bytes.count - 8).first { Array(bytes[$0..<$0 + 8]) == pattern })
    bytes[place] ^= 1
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, to: "x.pth")
    do throws(TorchFileError) {
      _ = try TorchFile.read(path)
      Issue.record("read")
    } catch {
      guard case .wrongChecksum = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func otherFilesAreNoTorchFiles() throws {
    let folder = try TemporaryFolder()
    for bytes in [[], [1, 2, 3], Array("hello world".utf8)] as [[UInt8]] {
      let path = try folder.write(bytes, to: "x.pth")
      #expect(throws: TorchFileError.unknownFormat(file: path)) { try TorchFile.read(path) }
    }
  }

  @Test func missingFileIsNamed() {
    #expect(throws: TorchFileError.file(.system(.open, path: "/nowhere.pth", code: 2))) {
      try TorchFile.read("/nowhere.pth")
    }
  }

  @Test func messagesAreOneLine() {
    let errors: [TorchFileError] = [
      .file(.endOfFile(path: "f", expected: 2, found: 1)), .unknownFormat(file: "f"),
      .damagedArchive(file: "f", reason: "r"), .wrongChecksum(file: "f", record: "r"),
      .damagedPickle(file: "f", position: 1, reason: "r"), .refusedGlobal(file: "f", name: "n"),
      .badTensor(file: "f", reason: "r"), .tooMuch(file: "f", what: "w"),
      .noStateDictionary(file: "f"),
    ]
    for error in errors {
      #expect(error.description.hasPrefix("f: "))
      #expect(!error.description.contains("\n"))
    }
  }

  /// A legacy file whose pickle remembers a large tuple and refers to it again and again.
  @Test func pickleThatRepeatsALargeObjectIsBounded() throws {
    let header: [UInt8] = [0x80, 2, 0x8A, 10] + [UInt8](repeating: 1, count: 10) + [0x2E]
    let number: [UInt8] = [0x80, 2, 0x4B, 1, 0x2E]
    let large = [0x28] + [UInt8](repeating: 0x4E, count: 5000) + [0x74, 0x71, 0]
    let call = Array("ctorch\nSize\n".utf8) + [0x68, 0, 0x52, 0x30]
    let repeated = (0..<1000).flatMap { _ in call }
    let folder = try TemporaryFolder()
    let path = try folder.write(
      header + number + number + [0x80, 2] + large + repeated + [0x2E], to: "x.pth")
    do throws(TorchFileError) {
      _ = try TorchFile.read(path)
      Issue.record("read")
    } catch {
      guard case .tooMuch = error else {
        Issue.record("\(error)")
        return
      }
    }
  }
}
