import Foundation
import LeRobotCore
import Support
import Testing

/// Files the safetensors Python library wrote.
struct SafetensorsGoldenTests {
  static let folder = RepositoryFiles.fixtures.appending(path: "checkpoints/safetensors")

  @Test(arguments: ["every_type", "metadata", "no_tensors"])
  func writerRepeatsPythonsBytes(name: String) throws {
    let source = Self.folder.appending(path: "\(name).safetensors")
    let file = try SafetensorsFile(path: source.path)
    let folder = try TemporaryFolder()
    // Reversed, so that the order is the writer's own.
    let tensors = NamedTensors(
      uniqueKeysWithValues: try file.tensors().reversed().map { ($0.key, $0.value) })
    let written = folder.file("written.safetensors")
    try SafetensorsWriter.write(tensors, to: written, metadata: file.metadata)
    let expected = try Data(contentsOf: source)
    #expect(try Data(contentsOf: URL(filePath: written)) == expected)
  }

  @Test func valuesAreThoseOfTorch() throws {
    let file = try SafetensorsFile(
      path: Self.folder.appending(path: "every_type.safetensors").path)
    for type in ["float64", "float32", "float16", "bfloat16", "int32", "int16", "int8"] {
      let isWhole = type.hasPrefix("int")
      let tensor = try file.tensor("a." + type)
      #expect(tensor.shape == [2, 2])
      #expect(tensor.doubles == [1, 0, isWhole ? -2 : -2.5, 100], "\(type)")
    }
    #expect(try file.tensor("a.uint8") == HostTensor([1, 0, 2, 100] as [UInt8], shape: [2, 2]))
    #expect(try file.tensor("a.bool") == HostTensor([true, false, true, true], shape: [2, 2]))
    #expect(try file.tensor("é \"quoted\"\\\n\u{7F}\u{1}") == HostTensor([1.5 as Float], shape: []))
    #expect(try file.tensor("empty") == HostTensor([Float](), shape: [0, 3]))
    #expect(
      try file.tensor("float16.rounded").doubles == [
        0.0999755859375, 65504, 1.1920928955078125e-07,
      ]
    )
    #expect(file.metadata == nil)
  }

  @Test func metadataIsRead() throws {
    let file = try SafetensorsFile(path: Self.folder.appending(path: "metadata.safetensors").path)
    #expect(file.metadata == ["a \"note\"": "tab\tand ü", "format": "pt"])
  }
}
