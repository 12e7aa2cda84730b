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
  /// Lists and dictionaries are nested too deeply.
  case tooDeep(limit: Int, at: JSONPosition)

  package var description: String {
    switch self {
    case .unexpected(let found?, let expected, let position):
      "\(position): expected \(expected), found \"\(found)\""
    case .unexpected(nil, let expected, let position):
      "\(position): expected \(expected), but the text ends here"
    case .trailing(let position):
      "\(position): the value ends before this; remove what follows"
    case .invalidEscape(let position):
      "\(position): invalid escape in a string; a backslash itself is written \\\\"
    case .controlCharacter(let position):
      "\(position): a control character inside a string; write it as \\n, \\t or \\u00XX"
    case .notUTF8(let position):
      "\(position): the text is not UTF-8; save it as UTF-8"
    case .tooDeep(let limit, let position):
      "\(position): nested more than \(limit) levels deep; flatten it"
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
