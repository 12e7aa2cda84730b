/// A piece of HTML that is well-formed XML too.
///
/// Text becomes markup by escaping alone, string literals included, so that no value of a run can add
/// an element to a page.
package struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
  package private(set) var source: String

  /// Plain text.
  package init(_ text: String) { source = Self.escaped(text) }
  package init(stringLiteral text: String) { self.init(text) }
  /// - Parameter source: markup of our own, which holds nothing of a run.
  init(trusted source: String) { self.source = source }

  static let nothing = Markup(trusted: "")

  static func joined(_ parts: [Markup]) -> Markup {
    Markup(trusted: parts.map(\.source).joined())
  }

  static func + (left: Markup, right: Markup) -> Markup {
    Markup(trusted: left.source + right.source)
  }

  /// An element with its attributes, without those that are nil.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ children: Markup...
  ) -> Markup {
    var source = "<" + name
    for (key, value) in attributes {
      if let value { source += " " + key + "=\"" + escaped(value) + "\"" }
    }
    if childless.contains(name) { return Markup(trusted: source + "/>") }
    source += ">"
    for child in children { source += child.source }
    return Markup(trusted: source + "</" + name + ">")
  }

  /// Elements that never hold another.
  private static let childless: Set = ["br", "circle", "img", "input", "line", "meta", "path"]

  /// Text as HTML and XML take it. Characters that XML forbids become replacement characters.
  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: isSpecial) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": result.append(scalar)
      case "\u{0}"..<" ", "\u{7F}", "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// Whether a byte begins a character that is escaped, or may.
  private static func isSpecial(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"), 0..<0x20, 0x7F, 0xEF:
      true
    default: false
    }
  }
}

extension Markup {
  /// A row of a table; the first cell names it.
  static func row(
    _ name: Markup, _ cells: [Markup], _ attributes: KeyValuePairs<String, String?> = [:]
  ) -> Markup {
    .element(
      "tr", attributes, .element("th", ["scope": "row"], name),
      .joined(cells.map { .element("td", [:], $0) }))
  }

  /// A table with a caption for those who do not see its place on the page.
  static func table(
    _ kind: String, caption: String, columns: [String], rows: [Markup]
  ) -> Markup {
    let head = columns.map { Markup.element("th", ["scope": "col"], Markup($0)) }
    return .element(
      "table", ["class": kind], .element("caption", ["class": "unseen"], Markup(caption)),
      .element("thead", [:], .element("tr", [:], .joined(head))),
      .element("tbody", [:], .joined(rows)))
  }

  /// Names with what they stand for; what is empty is left out.
  static func definitions(_ kind: String, _ entries: [(name: String, value: String)]) -> Markup {
    let items = entries.filter { !$0.value.isEmpty }.map { entry in
      Markup.element(
        "div", [:], .element("dt", [:], Markup(entry.name)),
        .element("dd", [:], Markup(entry.value)))
    }
    return items.isEmpty ? .nothing : .element("dl", ["class": kind], .joined(items))
  }

  /// A part of the page under a heading; nothing where it would be empty.
  static func section(_ identifier: String, _ title: String, _ children: Markup...) -> Markup {
    let content = Markup.joined(children)
    if content == .nothing { return .nothing }
    return .element(
      "section", ["id": identifier, "aria-labelledby": identifier + "-title"],
      .element("h2", ["id": identifier + "-title"], Markup(title)), content)
  }
}
