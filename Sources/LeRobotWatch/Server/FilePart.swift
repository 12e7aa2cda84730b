import LeRobotCore

/// Bytes of a file as the body of a response, read as they are sent.
struct FilePart: BodyPieces {
  private let file: RawFile
  private var rest: Range<Int>

  init(_ file: RawFile, _ range: Range<Int>) {
    (self.file, rest) = (file, range)
  }

  /// - Throws: `FileError` where the file has become shorter: the connection then ends, by which the
  ///   client knows that its answer is not whole.
  mutating func next() throws -> [UInt8]? {
    guard !rest.isEmpty else { return nil }
    let part = rest.prefix(1 << 16)
    rest = rest.dropFirst(part.count)
    return try file.read(UInt8.self, count: part.count, at: part.lowerBound)
  }
}
