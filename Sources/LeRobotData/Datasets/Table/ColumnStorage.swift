import LeRobotCore

/// The bytes of a column, wherever they are. Any thread may read them.
protocol ColumnStorage: Sendable {
  /// Fills `target` with the bytes from byte `offset` on.
  ///
  /// - Throws: `DataError.notReadable`.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(DataError)
}

/// A column that is being filled, by one thread.
protocol ColumnTarget: ColumnStorage {
  /// Puts bytes from byte `offset` on.
  ///
  /// - Throws: `DataError.notWritable`.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DataError)
}

/// A column in memory.
final class ColumnMemory: ColumnTarget, @unchecked Sendable {
  // Unchecked because of `bytes`: one thread fills it before the column is handed to others, which
  // only read.

  private let byteCount: Int
  /// Allocated by the first write, when the width that a damaged file declares was found in the table.
  private var bytes: UnsafeMutableRawBufferPointer?

  /// - Parameter byteCount: all zero at first.
  init(byteCount: Int) {
    self.byteCount = byteCount
  }

  convenience init<Element: HostElement>(_ elements: [Element]) {
    self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
    elements.withUnsafeBytes { write($0, at: 0) }
  }

  deinit { bytes?.deallocate() }

  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) {
    guard let bytes else {
      target.initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
    target.copyMemory(from: .init(rebasing: bytes[offset..<offset + target.count]))
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
    let bytes = bytes ?? allocate()
    UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + source.count])
      .copyMemory(from: source)
  }

  private func allocate() -> UnsafeMutableRawBufferPointer {
    let new = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
    new.initializeMemory(as: UInt8.self, repeating: 0)
    bytes = new
    return new
  }
}

/// A column of a table's file.
struct ColumnOfFile: ColumnTarget {
  let table: SafetensorsTable
  let column: SafetensorsTable.Column

  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(DataError) {
    do throws(FileError) {
      try column.read(at: offset, into: target)
    } catch {
      throw .notReadable(file: table.path, reason: error.reason)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DataError) {
    do throws(FileError) {
      try column.write(bytes, at: offset)
    } catch {
      throw .notWritable(file: table.path, reason: error.reason)
    }
  }
}
