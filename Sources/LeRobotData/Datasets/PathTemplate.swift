/// A path template of `info.json`, as `videos/{video_key}/chunk-{chunk_index:03d}/file.mp4`.
///
/// It is read once, when the dataset is opened, so that a template that cannot be formatted is an
/// error there. Of Python's `str.format` it knows what LeRobot's templates use: `{name}`, and for
/// numbers `{name:d}`, `{name:4d}` and `{name:04d}`; `{{` and `}}` are braces.
package struct PathTemplate: Sendable, Equatable {
  /// A name in braces, and how its value is written.
  package enum Field: Sendable, Equatable {
    case text(String)
    /// At least `width` characters, filled with zeros or spaces.
    case number(String, width: Int, filledWithZeros: Bool)
  }

  /// What is wrong with a template.
  package struct Problem: Error, Equatable, CustomStringConvertible {
    package var description: String
  }

  private enum Part: Sendable, Equatable {
    case literal(String)
    case field(Field)
  }

  /// The longest name that a file may have: no path holds a wider number.
  package static let widthLimit = 255

  private var parts: [Part] = []

  /// - Parameters:
  ///   - numbers: names whose values are integers.
  ///   - texts: names whose values are text.
  /// - Throws: `Problem`, where Python or the file system would refuse what the template makes.
  package init(_ template: String, numbers: [String], texts: [String] = []) throws(Problem) {
    func fail(_ reason: String) -> Problem {
      Problem(description: "\(template.debugDescription) \(reason)")
    }
    if template.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      throw fail("holds a control character")
    }
    var rest = template[...]
    var literal = ""
    while let character = rest.popFirst() {
      if (character == "{" || character == "}"), rest.first == character {
        literal.append(character)
        rest.removeFirst()
      } else if character == "}" {
        throw fail("closes a brace that it does not open")
      } else if character == "{" {
        guard let end = rest.firstIndex(of: "}") else {
          throw fail("opens a brace that it does not close")
        }
        parts.append(.literal(literal))
        literal = ""
        guard let field = Self.field(rest[..<end], numbers: numbers, texts: texts) else {
          throw fail(
            "has {\(rest[..<end])}; known are "
              + (numbers + texts).map { "{\($0)}" }.joined(
                separator: ", ") + ", numbers with a width up to \(Self.widthLimit) as in :03d")
        }
        parts.append(.field(field))
        rest = rest[rest.index(after: end)...]
      } else {
        literal.append(character)
      }
    }
    parts.append(.literal(literal))
  }

  /// What stands between braces; nil where it cannot be formatted.
  private static func field(_ text: Substring, numbers: [String], texts: [String]) -> Field? {
    let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(halves[0])
    let format = halves.count == 2 ? String(halves[1]) : ""
    if texts.contains(name) { return format.isEmpty ? .text(name) : nil }
    guard numbers.contains(name),
      let match = format.wholeMatch(of: /(?<zero>0?)(?<width>[0-9]*)d?/)
    else { return nil }
    let width = match.width.isEmpty ? 0 : Int(match.width) ?? .max
    guard width <= widthLimit else { return nil }
    return .number(name, width: width, filledWithZeros: !match.zero.isEmpty)
  }

  /// The path that the values make, as Python's `str.format` writes them.
  package func path(numbers: [String: Int], texts: [String: String] = [:]) -> String {
    parts.reduce(into: "") { path, part in
      switch part {
      case .literal(let text): path += text
      case .field(.text(let name)): path += texts[name] ?? ""
      case .field(.number(let name, let width, let filledWithZeros)):
        path += Self.text(numbers[name] ?? 0, width, filledWithZeros)
      }
    }
  }

  private static func text(_ number: Int, _ width: Int, _ filledWithZeros: Bool) -> String {
    let digits = String(number.magnitude)
    let sign = number < 0 ? "-" : ""
    let fill = String(
      repeating: filledWithZeros ? "0" : " ", count: max(0, width - digits.count - sign.count))
    return filledWithZeros ? sign + fill + digits : fill + sign + digits
  }
}
