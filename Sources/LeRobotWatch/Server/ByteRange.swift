/// Which bytes of a file a `Range` header asks for (RFC 9110, section 14).
enum ByteRange: Equatable {
  /// All of them: where nothing is asked, and where the header is not understood.
  case whole
  case part(Range<Int>)
  /// None that the file has.
  case outside

  /// - Parameters:
  ///   - header: `bytes=0-99`, `bytes=100-` or `bytes=-100`; several ranges at once are answered with
  ///     the whole file.
  ///   - size: the file's length.
  init(_ header: String?, size: Int) {
    self = .whole
    guard let header, header.lowercased().hasPrefix("bytes=") else { return }
    let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.trimmingSpaces }
    guard ends.count == 2, ends.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }) else {
      return
    }
    switch (ends[0].isEmpty, ends[1].isEmpty) {
    case (true, true): return
    case (true, false):
      let count = min(size, Int(ends[1]) ?? .max)
      self = count > 0 ? .part(size - count..<size) : .outside
    case (false, let isOpen):
      // A number that does not fit is beyond every file.
      let first = Int(ends[0]) ?? .max
      let last = isOpen ? .max : Int(ends[1]) ?? .max
      guard first <= last else { return }
      self = first < size ? .part(first..<(min(last, size - 1) + 1)) : .outside
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}
