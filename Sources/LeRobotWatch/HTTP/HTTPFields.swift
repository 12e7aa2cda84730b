/// The fields of a request's head, by their names in lower case.
struct HTTPFields: Sendable {
  private var values: [String: [String]] = [:]

  /// - Throws: `HTTPRefusal` where a line is no field, or there are more than the limit.
  init(_ lines: ArraySlice<ArraySlice<UInt8>>, limit: Int) throws(HTTPRefusal) {
    guard lines.count <= limit else { throw .headTooLarge }
    for line in lines {
      // A space before the colon or the name hides a field from other programs.
      guard let colon = line.firstIndex(of: 0x3A), line[..<colon].isToken else { throw .malformed }
      let value = line[(colon + 1)...].trimmingBlanks
      guard value.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
        throw .malformed
      }
      let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
      values[name, default: []].append(String(decoding: value, as: UTF8.self))
    }
  }

  subscript(name: String) -> [String]? { values[name] }

  /// Whether the client reads nothing after the answer.
  var asksForClose: Bool {
    let words = (values["connection"] ?? []).flatMap { $0.split(separator: ",") }
    return words.contains { $0.lowercased().filter { $0 != " " && $0 != "\t" } == "close" }
  }

  /// - Throws: `HTTPRefusal` for all but a request that surely has no body.
  func refuseBody() throws(HTTPRefusal) {
    guard values["transfer-encoding"] == nil else { throw .hasTransferEncoding }
    guard let lengths = values["content-length"] else { return }
    guard lengths.count == 1, let length = lengths.first, !length.isEmpty,
      length.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { throw .malformed }
    guard length.utf8.allSatisfy({ $0 == 0x30 }) else { throw .hasBody }
  }
}

extension ArraySlice<UInt8> {
  /// Without spaces and tabulators at the ends.
  fileprivate var trimmingBlanks: ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    var slice = drop(while: isBlank)
    while let last = slice.last, isBlank(last) { slice.removeLast() }
    return slice
  }
}
