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

  /// Writes a file aside and puts it in the place of the one that is there, so that a reader never finds
  /// half of it, and a process that is killed leaves the old one or the new one.
  package static func replace(_ path: String, by text: String) throws(FileError) {
    let fresh = path + ".unfinished"
    do throws(FileError) {
      try write(text, to: fresh)
      try FileSystem.rename(fresh, to: path)
    } catch {
      // It would only take the room that the disk lacks.
      try? FileSystem.remove(fresh)
      throw error
    }
  }
}
