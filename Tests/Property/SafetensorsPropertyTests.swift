import Foundation
import LeRobotCore
import Support
import Testing

/// Every way a safetensors file can be wrong, and what any bytes at all lead to.
struct SafetensorsPropertyTests {
  /// What was noticed of a dataset with many wide columns was a trap here.
  @Test func moreMetadataThanRoomLeavesTheTableUnfinished() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("table.safetensors")
    let table = try SafetensorsTable(
      creating: path, entries: ["a": WeightEntry(.int64, shape: [3])])
    #expect(try !table.finish(metadata: ["report": String(repeating: "x", count: 1 << 20)]))
    #expect(throws: SafetensorsError.self) { try SafetensorsTable(path: path) }
    #expect(try table.finish(metadata: ["report": "short"]))
    #expect(try SafetensorsTable(path: path).metadata == ["report": "short"])
  }

  /// A file of this header and data, with the header's true length unless another is given.
  private static func bytes(
    _ header: String, data: Int = 0, headerSize: UInt64? = nil
  ) -> [UInt8] {
    let size = headerSize ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: size >> ($0 * 8)) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  private static func entry(
    _ name: String, type: String = "F32", shape: String = "[1]", offsets: String = "[0,4]"
  ) -> String {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  private static func open(_ bytes: [UInt8]) throws -> (SafetensorsError?, file: String) {
    let folder = try TemporaryFolder()
    let file = try folder.write(bytes, to: "x.safetensors")
    do throws(SafetensorsError) {
      let opened = try SafetensorsFile(path: file)
      _ = try opened.tensors()
      return (nil, file)
    } catch {
      return (error, file)
    }
  }

  @Test func missingFileIsNamed() {
    let path = "/nowhere/x.safetensors"
    #expect(throws: SafetensorsError.file(.system(.open, path: path, code: 2))) {
      try SafetensorsFile(path: path)
    }
  }

  @Test func tooShortFileIsRefused() throws {
    let (error, file) = try Self.open([1, 0, 0])
    #expect(error == .tooShort(file: file, byteCount: 3))
  }

  @Test func absurdHeaderSizeIsRefused() throws {
    let (error, file) = try Self.open(Self.bytes("{}", headerSize: UInt64.max))
    #expect(error == .headerTooLarge(file: file, headerSize: .max, limit: 100_000_000))
  }

  @Test func headerBeyondFileIsRefused() throws {
    let (error, file) = try Self.open(Self.bytes("{}", headerSize: 1000))
    #expect(error == .headerBeyondFile(file: file, headerSize: 1000, fileSize: 10))
  }

  @Test func duplicateNameIsRefused() throws {
    let header = "{" + Self.entry("a") + "," + Self.entry("a", offsets: "[4,8]") + "}"
    let (error, file) = try Self.open(Self.bytes(header, data: 8))
    #expect(error == .duplicateName(file: file, tensor: "a"))
  }

  @Test func unknownTypeIsRefused() throws {
    let (error, file) = try Self.open(Self.bytes("{" + Self.entry("a", type: "F8_E4M3") + "}"))
    #expect(error == .unknownType(file: file, tensor: "a", type: "F8_E4M3"))
  }

  @Test func wrongSizeIsRefused() throws {
    let header = "{" + Self.entry("a", shape: "[2]") + "}"
    let (error, file) = try Self.open(Self.bytes(header, data: 4))
    #expect(error == .wrongSize(file: file, tensor: "a", shape: [2], type: "F32", byteCount: 4))
  }

  @Test func overflowingShapeIsRefused() throws {
    let header = "{" + Self.entry("a", shape: "[4611686018427387904,4]", offsets: "[0,0]") + "}"
    let (error, _) = try Self.open(Self.bytes(header))
    guard case .wrongSize = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func tensorBeyondFileIsRefused() throws {
    let (error, file) = try Self.open(Self.bytes("{" + Self.entry("a") + "}", data: 3))
    #expect(error == .outOfBounds(file: file, tensor: "a", end: 4, dataSize: 3))
  }

  @Test func overlapIsRefused() throws {
    let header = "{" + Self.entry("a") + "," + Self.entry("b", offsets: "[2,6]") + "}"
    let (error, file) = try Self.open(Self.bytes(header, data: 6))
    #expect(error == .overlap(file: file, tensor: "b", start: 2, previousEnd: 4))
  }

  @Test func gapIsRefused() throws {
    let header = "{" + Self.entry("b", offsets: "[6,10]") + "," + Self.entry("a") + "}"
    let (error, file) = try Self.open(Self.bytes(header, data: 10))
    #expect(error == .gap(file: file, tensor: "b", start: 6, previousEnd: 4))
  }

  @Test func bytesAfterTheLastTensorAreRefused() throws {
    let (error, file) = try Self.open(Self.bytes("{" + Self.entry("a") + "}", data: 5))
    #expect(error == .trailingBytes(file: file, count: 1))
  }

  @Test func missingTensorIsNamed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.bytes("{}"), to: "x.safetensors")
    let file = try SafetensorsFile(path: path)
    #expect(throws: SafetensorsError.missingTensor(file: path, tensor: "a")) {
      try file.tensor("a")
    }
  }

  @Test(arguments: [
    "", "[]", "{", "{}x", #"{"a"}"#, #"{"a":1}"#, #"{"a":{}}"#, #"{"a":{"dtype":"F32"}}"#,
    #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,99999999999999999999]}}"#,
    #"{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[[[[]]]],"data_offsets":[0,4]}}"#,
    #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":{"a":"\q"}}"#,
    #"{"__metadata__":{"a":"\ud800"}}"#, #"{"__metadata__":{"a":"\ud800\u0041"}}"#,
    "{\"__metadata__\":{\"a\":\"\n\"}}", #"{"__metadata__":{"a":"\u12"#,
  ])
  func malformedHeaderIsRefused(header: String) throws {
    let (error, _) = try Self.open(Self.bytes(header, data: 4))
    guard case .invalidHeader = error else {
      Issue.record("\(header): \(String(describing: error))")
      return
    }
  }

  @Test func headerThatIsNotUTF8IsRefused() throws {
    var bytes = Self.bytes(#"{"__metadata__":{"a":"xx"}}"#)
    bytes[bytes.count - 5] = 0xFF
    guard case .invalidHeader = try Self.open(bytes).0 else {
      Issue.record("accepted")
      return
    }
  }

  @Test func messagesAreOneLine() throws {
    let errors: [SafetensorsError] = [
      .file(.system(.write, path: "f", code: 28)),
      .file(.endOfFile(path: "f", expected: 2, found: 1)),
      .tooShort(file: "f", byteCount: 1), .headerTooLarge(file: "f", headerSize: 2, limit: 1),
      .headerBeyondFile(file: "f", headerSize: 2, fileSize: 1),
      .invalidHeader(file: "f", position: 0, reason: "r"), .duplicateName(file: "f", tensor: "t"),
      .unknownType(file: "f", tensor: "t", type: "x"),
      .wrongSize(file: "f", tensor: "t", shape: [1], type: "F32", byteCount: 1),
      .outOfBounds(file: "f", tensor: "t", end: 2, dataSize: 1),
      .overlap(file: "f", tensor: "t", start: 1, previousEnd: 2),
      .gap(file: "f", tensor: "t", start: 2, previousEnd: 1), .trailingBytes(file: "f", count: 1),
      .missingTensor(file: "f", tensor: "t"),
    ]
    for error in errors {
      #expect(error.description.hasPrefix("f: "))
      #expect(!error.description.contains("\n"))
    }
    #expect(errors[0].description.contains("free some space"))
  }

  @Test func readingAnyBytesEndsInATensorOrAnError() throws {
    let original = Array(
      try Data(
        contentsOf: RepositoryFiles.fixtures.appending(
          path: "checkpoints/safetensors/every_type.safetensors")))
    let headerSize = Int(original[0]) | Int(original[1]) << 8
    var generator = SplitMix64(seed: 11)
    let folder = try TemporaryFolder()
    var refused = 0
    for _ in 0..<300 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        // The header is where the structure is.
        let index = Int.random(in: 0..<8 + headerSize, using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      }
      let path = try folder.write(bytes, to: "x.safetensors")
      do throws(SafetensorsError) {
        _ = try SafetensorsFile(path: path).tensors()
      } catch {
        refused += 1
      }
    }
    // Only a changed letter of a name goes unseen.
    #expect(refused > 200)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    var generator = SplitMix64(seed: 3)
    let folder = try TemporaryFolder()
    for trial in 0..<50 {
      let tensors = NamedTensors(
        uniqueKeysWithValues: (0..<Int.random(in: 0...6, using: &generator)).map { index in
          ("t\(index)", HostTensor.random(using: &generator))
        })
      let path = folder.file("\(trial)")
      try SafetensorsWriter.write(tensors, to: path)
      let read = try SafetensorsFile(path: path).tensors()
      #expect(read.count == tensors.count)
      for (name, tensor) in tensors {
        #expect(read[name] == tensor, "trial \(trial) of seed 3, \(name)")
      }
    }
  }
}
