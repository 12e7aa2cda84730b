/// Small text files, read and written whole.
package enum TextFile {
  /// Reads a UTF-8 file; bytes that are not UTF-8 become replacement characters.
  package static func read(_ path: String) throws(FileError) -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  /// Reads the bytes of a file.
  package static func bytes(_ path: String) throws(FileError) -> [UInt8] {
    let file = try RawFile(reading: path)
    return try file.read(UInt8.self, count: file.size(), at: 0)
  }

  /// Writes a file and waits until it is on the disk.
  package static func write(_ text: String, to path: String) throws(FileError) {
    let file = try RawFile(writing: path)
    try file.write(Array(text.utf8))
    try file.sync()
  }
}
