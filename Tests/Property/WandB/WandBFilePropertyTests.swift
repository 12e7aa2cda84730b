import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWandB
import Support
import Testing

/// The file that `wandb sync` uploads: its pieces, and what is made of a damaged one.
@Suite struct WandBFilePropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A record of a size, whose bytes tell which one it is.
  private static func record(_ number: Int, size: Int) -> WandBRecord {
    WandBRecord(.outputRaw) {
      $0.add(WandBField.OutputRaw.line, "\(number):" + String(repeating: "x", count: size))
    }
  }

  private static func text(_ record: [UInt8]) -> String? {
    ProtobufFields(record)?.message(WandBField.Record.outputRaw)?
      .text(WandBField.OutputRaw.line)
  }

  /// Sizes around those at which a block ends: with no room for a header, with room for nothing else.
  private static let sizes = [
    0, 1, 32_700, 32_720, 32_726, 32_727, 32_728, 32_729, 32_735, 32_768, 65_536, 100_000, 3, 0,
  ]

  @Test func everyRecordIsReadAsItWasWritten() throws {
    let path = folder.file("run.wandb")
    let file = try WandBFile(creating: path)
    for (number, size) in Self.sizes.enumerated() {
      try file.append(Self.record(number, size: size))
    }
    let records = WandBFileContents.records(in: try TextFile.bytes(path))
    try #require(records.count == Self.sizes.count)
    for (number, record) in records.enumerated() {
      #expect(ProtobufFields(record)?.number(WandBField.Record.num) == number + 1)
      let text = try #require(Self.text(record))
      #expect(text.hasPrefix("\(number):") && text.hasSuffix(Self.sizes[number] > 0 ? "x" : ":"))
      #expect(text.count == "\(number):".count + Self.sizes[number])
    }
  }

  /// A process that is killed leaves any beginning of the file.
  @Test func ofAFileThatWasCutTheWholeRecordsAreRead() throws {
    let path = folder.file("run.wandb")
    let file = try WandBFile(creating: path)
    var ends: [Int] = []
    for number in 0..<4 {
      try file.append(Self.record(number, size: 20_000))
      ends.append(try TextFile.bytes(path).count)
    }
    let bytes = try TextFile.bytes(path)
    for length in [0, 3, 7, 8, 19_000, ends[0], ends[0] + 1, ends[1] - 1, ends[2], bytes.count - 1]
    {
      let whole = ends.filter { $0 <= length }.count
      #expect(
        WandBFileContents.records(in: Array(bytes.prefix(length))).count == whole, "\(length)")
    }
  }

  @Test func aByteThatChangedEndsTheReading() throws {
    let path = folder.file("run.wandb")
    let file = try WandBFile(creating: path)
    for number in 0..<3 { try file.append(Self.record(number, size: 100)) }
    var bytes = try TextFile.bytes(path)
    bytes[bytes.count / 2] ^= 1
    #expect(WandBFileContents.records(in: bytes).count == 1)
  }

  @Test func aFileIsNeverReplaced() throws {
    let path = try folder.write("precious".utf8, to: "run.wandb")
    #expect(throws: FileError.self) { try WandBFile(creating: path) }
    #expect(try TextFile.read(path) == "precious")
  }

  /// The known answer of the checksum's standard test.
  @Test func theChecksumIsThatOfZipFiles() {
    for parts in [["123456789"], ["1234", "56789"]] {
      var sum = CRC32()
      for part in parts { sum.update(part.utf8) }
      #expect(sum.value == 0xCBF4_3926)
    }
  }
}

/// The numbers of the fields, held against what both releases of wandb declare.
@Suite struct WandBFieldPropertyTests {
  /// `xDisableMeta` as protobuf spells it.
  private static func name(_ field: Any) -> String {
    var name = ""
    var previous: Character?
    let text = Array(String(describing: field))
    for (index, character) in text.enumerated() {
      let startsWord =
        character.isUppercase
        && (previous?.isUppercase != true
          || index + 1 < text.count && text[index + 1].isLowercase)
      if startsWord, index > 0 { name += "_" }
      name += character.lowercased()
      previous = character
    }
    return name
  }

  /// Fields that the other release does not have.
  private static let sometimes: Set = ["probe_system_info", "files_dir"]

  @Test(arguments: ["0.21.4", "0.31.0"])
  func everyFieldHasTheNumberOfTheRelease(_ release: String) throws {
    let text = try TextFile.read(
      RepositoryFiles.fixtures.appending(path: "wandb/descriptors.json").path)
    let descriptors = try #require(JSONValue(parsing: text)[release])
    var checked = 0
    for message in WandBField.messages where message.messageName != "google.protobuf.Timestamp" {
      let fields = try #require(descriptors[message.messageName], "\(message.messageName)")
      for field in message.allCases as any Collection {
        let field = field as! any WandBMessageField
        let name = Self.name(field)
        let number = fields[name]?[0]?.intValue
        if number == nil, Self.sometimes.contains(name) { continue }
        #expect(number == field.rawValue, "\(message.messageName).\(name)")
        checked += 1
      }
    }
    #expect(checked > 120)
  }
}
