/// The records of a zip archive whose data is stored uncompressed, as torch.save writes it
/// (PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16; zip64 included).
struct ZipArchive {
  struct Record: Equatable {
    /// Where the data begins in the file, and its length.
    var offset: Int
    var size: Int
    var checksum: UInt32
  }

  private(set) var records: [String: Record] = [:]
  private let file: RawFile
  private let fileSize: Int

  /// Reads the central directory; every record is checked to lie inside the file.
  init(_ file: RawFile) throws(TorchFileError) {
    self.file = file
    fileSize = try Self.wrap { () throws(FileError) in try file.size() }
    let directory = try findDirectory()
    var reader = ByteReader(try bytes(directory.offset, directory.size))
    for _ in 0..<directory.count { try readEntry(&reader) }
  }

  /// Reads a whole record.
  func read(_ name: String) throws(TorchFileError) -> [UInt8] {
    guard let record = records[name] else { throw damaged("has no record \(name)") }
    return try bytes(record.offset, record.size)
  }

  /// Holds a record's bytes to its checksum.
  func verify(_ name: String) throws(TorchFileError) {
    guard let record = records[name] else { throw damaged("has no record \(name)") }
    var checksum = CRC32()
    for start in stride(from: 0, to: record.size, by: 1 << 20) {
      checksum.update(try bytes(record.offset + start, min(1 << 20, record.size - start)))
    }
    if checksum.value != record.checksum {
      throw .wrongChecksum(file: file.path, record: name)
    }
  }

  // MARK: Directory

  /// The end-of-central-directory record stands in the last 64 KiB, behind it only a comment.
  private func findDirectory() throws(TorchFileError) -> (offset: Int, size: Int, count: Int) {
    let tailSize = min(fileSize, 22 + 0xFFFF)
    let tail = try bytes(fileSize - tailSize, tailSize)
    let signature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
    guard tailSize >= 22,
      let start = (0...tailSize - 22).reversed().first(where: {
        Array(tail[$0..<$0 + 4]) == signature
      })
    else { throw damaged("its end is missing") }
    var reader = ByteReader(Array(tail[(start + 10)...]))
    let count = try integer(&reader, 2)
    let size = try integer(&reader, 4)
    let offset = try integer(&reader, 4)
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      return try findLargeDirectory(endOffset: fileSize - tailSize + start)
    }
    return (offset, size, count)
  }

  /// zip64: a locator of 20 bytes before the end record points at the larger end record.
  private func findLargeDirectory(
    endOffset: Int
  ) throws(TorchFileError) -> (offset: Int, size: Int, count: Int) {
    var locator = ByteReader(try bytes(endOffset - 20, 20))
    guard try integer(&locator, 4) == 0x0706_4B50 else { throw damaged("its zip64 end is missing") }
    _ = try integer(&locator, 4)
    var end = ByteReader(try bytes(try integer(&locator, 8), 56))
    guard try integer(&end, 4) == 0x0606_4B50 else { throw damaged("its zip64 end is missing") }
    end.skip(28)
    let count = try integer(&end, 8)
    let size = try integer(&end, 8)
    return (try integer(&end, 8), size, count)
  }

  private mutating func readEntry(_ reader: inout ByteReader) throws(TorchFileError) {
    guard try integer(&reader, 4) == 0x0201_4B50 else {
      throw damaged("a directory entry is wrong")
    }
    reader.skip(4)
    let flags = try integer(&reader, 2)
    let method = try integer(&reader, 2)
    reader.skip(4)
    let checksum = UInt32(try integer(&reader, 4))
    let storedSize = try integer(&reader, 4)
    var size = try integer(&reader, 4)
    let nameSize = try integer(&reader, 2)
    let extraSize = try integer(&reader, 2)
    let commentSize = try integer(&reader, 2)
    reader.skip(8)
    var offset = try integer(&reader, 4)
    guard let nameBytes = reader.take(nameSize), let extra = reader.take(extraSize) else {
      throw damaged("its directory is cut")
    }
    reader.skip(commentSize)
    let name = String(decoding: nameBytes, as: UTF8.self)
    guard method == 0, flags & 1 == 0 else { throw damaged("\(name) is compressed or encrypted") }
    try widen(&size, storedSize, &offset, extra)
    let record = Record(
      offset: try dataOffset(ofHeaderAt: offset), size: size, checksum: checksum)
    guard record.size <= fileSize - record.offset else { throw damaged("\(name) ends beyond it") }
    guard records.updateValue(record, forKey: name) == nil else {
      throw damaged("\(name) stands twice")
    }
  }

  /// Sizes that do not fit 32 bits stand in the extra field with tag 1.
  private func widen(
    _ size: inout Int, _ storedSize: Int, _ offset: inout Int, _ extra: [UInt8]
  ) throws(TorchFileError) {
    let large = 0xFFFF_FFFF
    var reader = ByteReader(extra)
    while reader.remaining >= 4 {
      let tag = try integer(&reader, 2)
      let length = try integer(&reader, 2)
      guard let field = reader.take(length) else { throw damaged("an extra field is cut") }
      guard tag == 1 else { continue }
      var fields = ByteReader(field)
      if size == large { size = try integer(&fields, 8) }
      if storedSize == large { fields.skip(8) }
      if offset == large { offset = try integer(&fields, 8) }
    }
  }

  /// A record's data follows its local header, whose name and extra field may have other lengths
  /// than in the directory.
  private func dataOffset(ofHeaderAt offset: Int) throws(TorchFileError) -> Int {
    var reader = ByteReader(try bytes(offset, 30))
    guard try integer(&reader, 4) == 0x0403_4B50 else { throw damaged("a local header is wrong") }
    reader.skip(22)
    let nameSize = try integer(&reader, 2)
    return try offset + 30 + nameSize + integer(&reader, 2)
  }

  // MARK: Bytes

  private func bytes(_ offset: Int, _ count: Int) throws(TorchFileError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= fileSize, count <= fileSize - offset else {
      throw damaged("refers to bytes beyond its end")
    }
    return try Self.wrap { () throws(FileError) in
      try file.read(UInt8.self, count: count, at: offset)
    }
  }

  private func integer(_ reader: inout ByteReader, _ width: Int) throws(TorchFileError) -> Int {
    guard let value = reader.integer(width) else { throw damaged("its directory is cut") }
    return value
  }

  private func damaged(_ reason: String) -> TorchFileError {
    .damagedArchive(file: file.path, reason: reason)
  }

  static func wrap<Result>(
    _ body: () throws(FileError) -> Result
  ) throws(TorchFileError) -> Result {
    do throws(FileError) { return try body() } catch { throw .file(error) }
  }
}

/// Little-endian numbers from a run of bytes; nil beyond its end.
struct ByteReader {
  let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var remaining: Int { max(0, bytes.count - position) }

  /// An unsigned number of up to eight bytes; nil also where it exceeds an Int.
  mutating func integer(_ width: Int) -> Int? {
    guard let field = take(width) else { return nil }
    let value = field.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(exactly: value)
  }

  mutating func take(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  mutating func skip(_ count: Int) { position = min(bytes.count, position + count) }
}
