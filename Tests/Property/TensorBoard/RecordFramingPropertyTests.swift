import LeRobotCore
import LeRobotLogging
import Support
import Testing

/// The frame of a record is that of TensorFlow's files.
@Suite struct RecordFramingPropertyTests {
  /// RFC 3720, B.4, and the check value of the polynomial.
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      ([UInt8](0..<32), 0x46DD_794E),
      ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
      (Array("123456789".utf8), 0xE306_9283),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func checksumsAreThoseOfTheStandard(_ bytes: [UInt8], _ checksum: UInt32) {
    #expect(RecordFraming.checksum(bytes) == checksum)
  }

  /// The read command of RFC 3720, B.4.
  @Test func aCommandsChecksumIsThatOfTheStandard() {
    let command: [UInt8] = [
      0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0,
      0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
    ]
    #expect(RecordFraming.checksum(command) == 0xD996_3A56)
  }

  /// What TensorBoard's own writer makes of 24 bytes and of none.
  @Test func framesAreThoseOfTensorBoardsWriter() {
    let (data, length) = ([UInt8](0..<24), [24] + [UInt8](repeating: 0, count: 7))
    #expect(
      RecordFraming.framed(data)
        == length + [0xA3, 0x7F, 0x4B, 0x22] + data + [0x51, 0x3E, 0xAD, 0xB1])
    #expect(
      RecordFraming.framed([])
        == [UInt8](repeating: 0, count: 8) + [0x29, 0x03, 0x98, 0x07, 0xD8, 0xEA, 0x82, 0xA2])
  }

  @Test func aFileHoldsItsEventsAndAnyCutLosesOnlyTheLast() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("events")
    let writer = try EventFileWriter(creating: path, time: 5)
    var message = ProtobufMessage()
    message.add(2, 7)
    try writer.append(message)
    let before = try TextFile.bytes(path)
    message.add(3, String(repeating: "x", count: 40))
    try writer.append(message)
    let whole = try TextFile.bytes(path)
    #expect(EventFileContents(whole)?.events.map { $0.text(3).count } == [13, 0, 40])
    for length in before.count..<whole.count {
      let cut = try #require(EventFileContents(Array(whole[..<length])))
      #expect(cut.events.count == 2 && cut.rest == length - before.count)
    }
  }

  @Test func aFileIsContinuedAfterItsLastRecord() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("events")
    _ = try EventFileWriter(creating: path, time: 5)
    let writer = try EventFileWriter(continuing: path)
    for step in 1...3 {
      var message = ProtobufMessage()
      message.add(2, step)
      try writer.append(message)
      // Nothing waits in the process.
      let contents = try #require(EventFileContents(try TextFile.bytes(path)))
      #expect(contents.events.map { $0.number(2) } == Array(0...step) && contents.rest == 0)
    }
  }

  @Test func aFullDiskIsAnError() throws {
    let writer = try EventFileWriter(continuing: "/dev/full")
    #expect(throws: FileError.self) { try writer.append(ProtobufMessage()) }
  }
}
