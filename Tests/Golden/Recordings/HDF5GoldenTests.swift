import Foundation
import LeRobotData
import Support
import Testing

/// HDF5 as h5py writes it.
struct HDF5GoldenTests {
  struct Expected: Decodable {
    let numbers: [Float]
    let halves: [Float]
    let doubles: [Double]
    let integers: [Int64]
    let pixels: [UInt8]
    let rows: [[UInt8]]
  }

  let file: HDF5File
  let expected: Expected

  init() throws {
    let folder = RepositoryFiles.fixtures.appending(path: "hdf5")
    file = try HDF5File(path: folder.appending(path: "kinds.hdf5").path)
    expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: folder.appending(path: "kinds.json")))
  }

  @Test(arguments: ["little32", "big32", "little64", "big64"])
  func numbersOfAnyWidthAndByteOrderAreRead(_ name: String) throws {
    #expect(try file.floats("numbers/\(name)") == expected.numbers)
    #expect(try file.floats("/numbers/\(name)", rows: 1..<3) == Array(expected.numbers[3..<9]))
    if name.hasSuffix("64") {
      #expect(try file.doubles("numbers/\(name)") == expected.doubles)
    }
  }

  @Test func halvesIntegersAndScalarsAreRead() throws {
    #expect(try file.floats("numbers/halves") == expected.halves)
    #expect(try file.integers("integers/short") == expected.integers)
    #expect(try file.floats("integers/long") == expected.integers.map { Float($0) })
    #expect(try file.doubles("scalar") == [2.5])
    #expect(try file.floats("empty") == [])
  }

  @Test(arguments: ["plain", "packed"])
  func rowsOfPixelsAreRead(_ name: String) throws {
    for row in 0..<4 {
      #expect(
        try file.bytes("pixels/\(name)", row: row)
          == Array(expected.pixels[row * 90..<(row + 1) * 90]))
    }
  }

  @Test func rowsOfTheirOwnLengthAreRead() throws {
    for (row, bytes) in expected.rows.enumerated() {
      #expect(try file.bytes("rows/variable", row: row) == bytes)
      #expect(try Array(file.bytes("rows/fixed", row: row).prefix(bytes.count)) == bytes)
    }
  }

  @Test func contentsAreDescribed() throws {
    #expect(try file.members(of: "pixels") == ["lzf", "packed", "plain"])
    #expect(file.contains("/pixels/plain") && file.contains("scalar"))
    #expect(!file.contains("/pixels/none") && !file.contains("/none/plain"))
    #expect(
      try file.describe("integers/short")
        == HDF5Description(shape: [4, 3], kind: .integer(bytes: 2, isSigned: true)))
    #expect(
      try file.describe("numbers/big64") == HDF5Description(shape: [4, 3], kind: .real(bytes: 8)))
    #expect(
      try file.describe("rows/fixed") == HDF5Description(shape: [4], kind: .string(bytes: 16)))
    #expect(try file.describe("rows/variable").kind == .variableBytes)
    #expect(try file.describe("text").kind == .other)
  }
}
