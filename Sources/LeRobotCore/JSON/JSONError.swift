/// Why a text is not JSON, and where.
package enum JSONError: Error, Equatable, CustomStringConvertible {
  /// `expected` was expected; `found` is the character in its place, nil at the end of the text.
  case unexpected(found: String?, expected: String, at: JSONPosition)
  /// A value is complete and more text follows.
  case trailing(at: JSONPosition)
  /// A backslash sequence that JSON does not know, or half a surrogate pair.
  case invalidEscape(at: JSONPosition)
  /// A line break, tab or other control character inside a string.
  case controlCharacter(at: JSONPosition)
  /// The bytes are not UTF-8.
  case notUTF8(at: JSONPosition)
  /// A key that stands twice in an object, with the keys that lead to it; found only where that
  /// is asked for.
  case duplicateKey(path: [String], at: JSONPosition)
  /// Lists and dictionaries are nested too deeply.
  case tooDeep(limit: Int, at: JSONPosition)

  package var description: String { "\(position): \(reason)" }

  /// What is wrong, without the place.
  var reason: String {
    switch self {
    case .unexpected(let found?, let expected, _): "expected \(expected), found \"\(found)\""
    case .unexpected(nil, let expected, _): "expected \(expected), but the text ends here"
    case .trailing: "the value ends before this; remove what follows"
    case .invalidEscape: "invalid escape in a string; a backslash itself is written \\\\"
    case .controlCharacter:
      "a control character inside a string; write it as \\n, \\t or \\u00XX"
    case .notUTF8: "the text is not UTF-8; save it as UTF-8"
    case .duplicateKey(let path, _): "\(path.joined(separator: ".")) stands twice; remove one"
    case .tooDeep(let limit, _): "nested more than \(limit) levels deep; flatten it"
    }
  }

  /// Where it is.
  var position: JSONPosition {
    switch self {
    case .unexpected(_, _, let position), .trailing(let position), .invalidEscape(let position),
      .controlCharacter(let position), .notUTF8(let position), .duplicateKey(_, let position),
      .tooDeep(_, let position):
      position
    }
  }
}

/// A place in a text, counted from 1 as editors do; columns are bytes.
package struct JSONPosition: Sendable, Hashable, CustomStringConvertible {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package var description: String { "line \(line), column \(column)" }
}
