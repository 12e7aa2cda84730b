/// Python's `pprint.pformat(value)`: what fits stands on one line, what does not is broken into one
/// element a line (CPython 3.11 `Lib/pprint.py`). LeRobot logs a run's configuration so.
package struct PythonPrettyPrinter {
  /// Columns a line may fill.
  private let width: Int
  private var text = ""

  /// The text of `value`, dictionaries sorted by key.
  ///
  /// - Parameter enumeration: the name of the enumeration that the string at a path of keys belongs
  ///   to; it is shown as `<NAME.VALUE: 'VALUE'>`.
  package static func format(
    _ value: JSONValue, width: Int = 80, enumeration: (_ path: [String]) -> String? = { _ in nil }
  ) -> String {
    var printer = PythonPrettyPrinter(width: width)
    printer.write(
      PythonValue(value, enumeration: enumeration), indent: 0, allowance: 0, level: 0)
    return printer.text
  }

  /// The text of a run's configuration, given as train_config.json holds it: LeRobot's two
  /// enumerations are members when it is logged, though strings in the file.
  package static func configuration(_ value: JSONValue) -> String {
    format(value) { path in
      switch (path.dropLast().last, path.last) {
      case ("normalization_mapping", _): "NormalizationMode"
      case (_, "type") where path.dropLast(2).last?.hasSuffix("features") == true: "FeatureType"
      default: nil
      }
    }
  }

  private init(width: Int) {
    self.width = width
  }

  /// - Parameters:
  ///   - indent: the column at which the value begins.
  ///   - allowance: columns to leave free for the brackets and comma that follow.
  ///   - level: containers around the value.
  private mutating func write(_ value: PythonValue, indent: Int, allowance: Int, level: Int) {
    let line = value.line
    guard line.unicodeScalars.count > width - indent - allowance else {
      text += line
      return
    }
    switch value {
    case .dictionary(let members): writeMembers(members, indent, allowance, level)
    case .list(let elements): writeElements(elements, indent, allowance, level)
    case .string(let string): writeString(string, indent, allowance, level)
    case .literal(let literal): text += literal
    }
  }

  private mutating func writeMembers(
    _ members: [PythonValue.Member], _ indent: Int, _ allowance: Int, _ level: Int
  ) {
    text += "{"
    for (position, member) in members.enumerated() {
      let isLast = position == members.count - 1
      let key = member.key.pythonRepr
      text += key + ": "
      write(
        member.value, indent: indent + 1 + key.unicodeScalars.count + 2,
        allowance: isLast ? allowance + 1 : 1, level: level + 1)
      if !isLast { newLine(indent + 1) }
    }
    text += "}"
  }

  private mutating func writeElements(
    _ elements: [PythonValue], _ indent: Int, _ allowance: Int, _ level: Int
  ) {
    text += "["
    for (position, element) in elements.enumerated() {
      let isLast = position == elements.count - 1
      write(
        element, indent: indent + 1, allowance: isLast ? allowance + 1 : 1, level: level + 1)
      if !isLast { newLine(indent + 1) }
    }
    text += "]"
  }

  private mutating func newLine(_ indent: Int) {
    text += ",\n" + String(repeating: " ", count: indent)
  }

  /// Breaks a string after line ends and spaces into adjacent literals.
  private mutating func writeString(
    _ string: String, _ indent: Int, _ allowance: Int, _ level: Int
  ) {
    // A string that is the whole value stands in parentheses.
    let isWhole = level == 0
    let indent = isWhole ? indent + 1 : indent
    let chunks = Self.chunks(
      of: string, width: width - indent, allowance: isWhole ? allowance + 1 : allowance)
    guard chunks.count > 1 else {
      text += string.pythonRepr
      return
    }
    let lines = chunks.joined(separator: "\n" + String(repeating: " ", count: indent))
    text += isWhole ? "(" + lines + ")" : lines
  }

  private static func chunks(of string: String, width: Int, allowance: Int) -> [String] {
    var chunks: [String] = []
    let lines = string.pythonLines
    for (index, line) in lines.enumerated() {
      let isLastLine = index == lines.count - 1
      let whole = line.pythonRepr
      if whole.unicodeScalars.count <= (isLastLine ? width - allowance : width) {
        chunks.append(whole)
        continue
      }
      var current = ""
      let words = line.pythonWords
      for (position, word) in words.enumerated() {
        let isLast = isLastLine && position == words.count - 1
        let room = isLast ? width - allowance : width
        if (current + word).pythonRepr.unicodeScalars.count > room {
          if !current.isEmpty { chunks.append(current.pythonRepr) }
          current = word
        } else {
          current += word
        }
      }
      if !current.isEmpty { chunks.append(current.pythonRepr) }
    }
    return chunks
  }
}

extension String {
  /// Python's `splitlines(keepends=True)`.
  fileprivate var pythonLines: [String] {
    var lines: [String] = []
    var line = ""
    var previous: Unicode.Scalar?
    for scalar in unicodeScalars {
      let continuesEnd = previous == "\r" && scalar == "\n"
      if let previous, previous.endsPythonLine, !continuesEnd {
        lines.append(line)
        line = ""
      }
      line.unicodeScalars.append(scalar)
      previous = scalar
    }
    return line.isEmpty ? lines : lines + [line]
  }

  /// The matches of `\S*\s*`: words, each with the spaces behind it.
  fileprivate var pythonWords: [String] {
    var words: [String] = []
    var word = ""
    var inSpaces = false
    for scalar in unicodeScalars {
      if inSpaces && !scalar.isPythonSpace {
        words.append(word)
        word = ""
      }
      inSpaces = scalar.isPythonSpace
      word.unicodeScalars.append(scalar)
    }
    return word.isEmpty ? words : words + [word]
  }
}
