import Foundation
import LeRobotCore

/// The file that `wandb sync` uploads: protobuf records in the log format of LevelDB, in blocks of
/// 32 KiB, with a CRC-32 over the type and the bytes of each piece.
package final class WandBFile {
  package let path: String
  private let file: RawFile
  private var position = 0
  private var recordCount = 0

  package static let blockSize = 32_768
  static let headerSize = 7

  /// How a piece lies in its record.
  enum Piece: UInt8 {
    case whole = 1
    case first = 2
    case middle = 3
    case last = 4
  }

  /// Begins a file.
  ///
  /// - Throws: `FileError`, also where there is one of that name.
  package init(creating path: String) throws(FileError) {
    self.path = path
    if FileSystem.exists(path) { throw .system(.create, path: path, code: EEXIST) }
    file = try RawFile(writing: path)
    try write(Self.identification)
  }

  /// `:W&B`, a magic number and the version of the format.
  static let identification: [UInt8] = Array(":W&B".utf8) + [0xE1, 0xBE, 0]

  /// Adds a record: all of it, or nothing.
  package func append(_ record: WandBRecord) throws(FileError) {
    let message = record.message(number: recordCount + 1)
    try write(pieces(of: message.bytes))
    recordCount += 1
  }

  private func write(_ bytes: [UInt8]) throws(FileError) {
    try file.add(bytes, at: position)
    position += bytes.count
  }

  private func pieces(of record: [UInt8]) -> [UInt8] {
    var (bytes, rest, isFirst) = ([UInt8](), record[...], true)
    repeat {
      var left = Self.blockSize - (position + bytes.count) % Self.blockSize
      if left < Self.headerSize {
        bytes += [UInt8](repeating: 0, count: left)
        left = Self.blockSize
      }
      let part = rest.prefix(left - Self.headerSize)
      rest = rest.dropFirst(part.count)
      let piece: Piece =
        switch (isFirst, rest.isEmpty) {
        case (true, true): .whole
        case (true, false): .first
        case (false, true): .last
        case (false, false): .middle
        }
      isFirst = false
      bytes += Self.header(of: part, piece) + part
    } while !rest.isEmpty
    return bytes
  }

  /// Over the kind of a piece and its bytes.
  static func checksum(of part: ArraySlice<UInt8>, _ piece: Piece) -> UInt32 {
    var sum = CRC32()
    sum.update(CollectionOfOne(piece.rawValue))
    sum.update(part)
    return sum.value
  }

  private static func header(of part: ArraySlice<UInt8>, _ piece: Piece) -> [UInt8] {
    checksum(of: part, piece).littleEndianBytes + UInt16(part.count).littleEndianBytes
      + [piece.rawValue]
  }
}
