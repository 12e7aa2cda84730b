import OrderedCollections

/// A safetensors file whose tensors are written and read in parts: the columns of a table that is
/// larger than memory should hold.
///
/// Parts are read, not mapped: a file that is cut meanwhile is an error, and what was read does not
/// count as the process's memory.
package final class SafetensorsTable: Sendable {
  /// One tensor's bytes in the file.
  package struct Column: Sendable {
    fileprivate let file: RawFile
    fileprivate let start: Int
    package let byteCount: Int

    /// Fills `target` with the bytes from byte `offset` of the tensor on; they must lie in it.
    package func read(
      at offset: Int, into target: UnsafeMutableRawBufferPointer
    ) throws(FileError) {
      try file.fill(target, at: start + offset)
    }

    /// Writes bytes from byte `offset` of the tensor on; they must lie in it.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
      try file.write(bytes, at: start + offset)
    }
  }

  /// Bytes kept free in the header for what is only known when all columns are written.
  private static func room(for columnCount: Int) -> Int { (4 + columnCount) << 12 }

  package let path: String
  package let entries: OrderedDictionary<String, WeightEntry>
  package let metadata: OrderedDictionary<String, String>
  package let columns: [String: Column]
  private let file: RawFile
  private let headerSize: Int

  /// Creates a file of zeros that is not there yet. `finish` makes it a safetensors file.
  package init(
    creating path: String, entries: OrderedDictionary<String, WeightEntry>
  ) throws(FileError) {
    let header = SafetensorsHeader(laying: entries, metadata: [:])
    let bytes = header.entries.values.last?.range.upperBound ?? 0
    headerSize = header.encoded().count + Self.room(for: entries.count)
    self.path = path
    self.entries = entries
    metadata = [:]
    file = try RawFile(creating: path, byteCount: headerSize + bytes)
    columns = Self.columns(header, file, from: headerSize)
  }

  /// Opens a file that was finished.
  package init(path: String) throws(SafetensorsError) {
    let opened = try SafetensorsFile(path: path)
    self.path = path
    entries = opened.entries
    metadata = opened.metadata ?? [:]
    (file, headerSize) = (opened.file, opened.dataOffset)
    columns = Self.columns(opened.header, opened.file, from: opened.dataOffset)
  }

  /// Writes the header, and waits until all is on the disk.
  ///
  /// - Returns: false where there is more metadata than room; nothing is written then.
  package func finish(metadata: OrderedDictionary<String, String>) throws(FileError) -> Bool {
    let header = SafetensorsHeader(laying: entries, metadata: metadata).encoded(size: headerSize)
    guard header.count == headerSize else { return false }
    var failure: FileError?
    header.withUnsafeBytes { bytes in
      do throws(FileError) { try file.write(bytes, at: 0) } catch { failure = error }
    }
    if let failure { throw failure }
    try file.sync()
    return true
  }

  private static func columns(
    _ header: SafetensorsHeader, _ file: RawFile, from start: Int
  ) -> [String: Column] {
    header.entries.reduce(into: [:]) { columns, entry in
      columns[entry.key] = Column(
        file: file, start: start + entry.value.range.lowerBound,
        byteCount: entry.value.range.count)
    }
  }
}
