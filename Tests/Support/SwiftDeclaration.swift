/// A declaration in a Swift file: what a caller can see, on one line.
package struct SwiftDeclaration: Hashable, CustomStringConvertible {
  /// Names of the types and extensions around it, joined by dots; empty at the top of a file.
  package let scope: String
  /// Without attributes, access and body; every property is a `var`.
  package let signature: String
  /// Whether nothing outside of the scope or the file sees it.
  package let isPrivate: Bool

  package init(scope: String, signature: String, isPrivate: Bool) {
    (self.scope, self.signature, self.isPrivate) = (scope, signature, isPrivate)
  }

  package var description: String { scope.isEmpty ? signature : "\(scope): \(signature)" }

  /// The declarations of a file, in its order.
  ///
  /// Reads what swift-format writes, not all of Swift: conditional compilation, macros and nested
  /// block comments are not understood.
  package static func all(in source: String) -> [SwiftDeclaration] {
    var scanner = DeclarationScanner(source)
    return scanner.declarations()
  }
}

/// Walks over a file's declarations and skips every body.
private struct DeclarationScanner {
  /// Without comments and without the contents of strings.
  private let text: [Character]
  private var position = 0
  private var scopes: [(name: String, isProtocol: Bool, isPrivate: Bool)] = []
  private var found: [SwiftDeclaration] = []

  private static let types: Set = ["struct", "class", "enum", "protocol", "extension", "actor"]
  private static let functions: Set = ["func", "init", "subscript", "deinit"]
  private static let lines: Set = ["typealias", "case", "associatedtype"]
  private static let access: Set = [
    "public", "package", "internal", "private", "fileprivate", "final", "convenience",
  ]
  private static let modifiers: Set = [
    "static", "override", "mutating", "nonmutating", "indirect", "lazy", "weak", "unowned",
    "nonisolated", "required", "isolated",
  ]

  init(_ source: String) { text = Array(blanked(source)) }

  mutating func declarations() -> [SwiftDeclaration] {
    scanMembers()
    precondition(position == text.count, "DeclarationScanner: a brace too many")
    return found
  }

  /// Reads up to the brace that closes the scope, or to the end.
  private mutating func scanMembers() {
    while true {
      skip { $0.isWhitespace || $0 == ";" }
      guard position < text.count, text[position] != "}" else { return }
      scanMember()
    }
  }

  private mutating func scanMember() {
    var words: [String] = []
    var isPrivate = false
    while true {
      skip(\.isWhitespace)
      if position < text.count, text[position] == "@" {
        position += 1
        _ = word()
        skipGroup()
        continue
      }
      let start = position
      let next = word()
      if Self.access.contains(next) || Self.modifiers.contains(next) {
        // `private(set)` hides the setter alone.
        let hidesAll = position == text.count || text[position] != "("
        isPrivate = isPrivate || hidesAll && (next == "private" || next == "fileprivate")
        skipGroup()
        if Self.modifiers.contains(next) { words.append(next) }
        continue
      }
      position = start
      return scanDeclaration(next, words, isPrivate: isPrivate)
    }
  }

  private mutating func scanDeclaration(
    _ keyword: String, _ modifiers: [String], isPrivate: Bool
  ) {
    switch keyword {
    case _ where Self.types.contains(keyword):
      let head = read { $0.text[$0.position] == "{" }
      add(head, modifiers, isPrivate)
      scopes.append((name(ofType: head), keyword == "protocol", isPrivate))
      position += 1
      scanMembers()
      position += 1
      scopes.removeLast()
    case _ where Self.functions.contains(keyword):
      let isRequirement = scopes.last?.isProtocol ?? false
      add(
        read { $0.text[$0.position] == "{" || isRequirement && $0.endsStatement }, modifiers,
        isPrivate)
      skipBody()
    case "var", "let":
      let head = read { "{=".contains($0.text[$0.position]) || $0.endsStatement }
      add("var" + head.dropFirst(3), modifiers, isPrivate)
      _ = read { $0.endsStatement || $0.text[$0.position] == "{" }
      skipBody()
      _ = read(\.endsStatement)
    case _ where Self.lines.contains(keyword):
      add(read(\.endsStatement), modifiers, isPrivate)
    default:
      _ = read(\.endsStatement)
    }
  }

  private mutating func add(_ head: String, _ modifiers: [String], _ isPrivate: Bool) {
    let line = head.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .replacing("( ", with: "(").replacing(" )", with: ")")
    found.append(
      SwiftDeclaration(
        scope: scopes.map(\.name).joined(separator: "."),
        signature: (modifiers + [line]).joined(separator: " "),
        isPrivate: isPrivate || scopes.contains(where: \.isPrivate)))
  }

  /// `ACT` of `struct ACT: Layer`, `[String: Tensor]` of an extension of it.
  private func name(ofType head: String) -> String {
    let name = head.drop { !$0.isWhitespace }.drop(while: \.isWhitespace)
    if name.hasPrefix("["), let end = name.firstIndex(of: "]") { return String(name[...end]) }
    return String(name.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
  }

  /// The text up to a place outside of all parentheses and brackets, or to the scope's end.
  private mutating func read(_ isEnd: (Self) -> Bool) -> String {
    var result = ""
    while position < text.count, text[position] != "}", !isEnd(self) {
      let start = position
      if "([{".contains(text[position]) { skipGroup() } else { position += 1 }
      result += String(text[start..<position])
    }
    return result
  }

  /// Whether a statement ends here: at a line's end whose next line does not continue it.
  private var endsStatement: Bool {
    guard text[position].isNewline else { return false }
    let before = text[..<position].last { !$0.isWhitespace }
    if let before, "=+-*/:,&|".contains(before) { return false }
    guard let next = text[position...].firstIndex(where: { !$0.isWhitespace }) else { return true }
    let rest = String(text[next...].prefix(8))
    return !".+-*/?:&|=".contains(text[next])
      && !["where ", "throws"].contains { rest.hasPrefix($0) }
  }

  private mutating func skipBody() {
    if position < text.count, text[position] == "{" { skipGroup() }
  }

  /// Passes over parentheses, brackets or braces that open here, with all that is in them.
  private mutating func skipGroup() {
    guard position < text.count, "([{".contains(text[position]) else { return }
    var depth = 0
    repeat {
      if "([{".contains(text[position]) { depth += 1 }
      if ")]}".contains(text[position]) { depth -= 1 }
      position += 1
    } while depth > 0
  }

  private mutating func skip(_ isSkipped: (Character) -> Bool) {
    while position < text.count, isSkipped(text[position]) { position += 1 }
  }

  private mutating func word() -> String {
    let start = position
    skip { $0.isLetter || $0.isNumber || $0 == "_" }
    return String(text[start..<position])
  }
}

/// A source without its comments and without what stands in its strings.
private func blanked(_ source: String) -> String {
  let text = Array(source)
  var (result, position) = ("", 0)
  func stands(_ token: String) -> Bool { text[position...].starts(with: token) }
  while position < text.count {
    if stands("//") {
      position = text[position...].firstIndex(where: \.isNewline) ?? text.count
    } else if stands("\"\"\"") {
      position += 3
      while !stands("\"\"\"") { position += 1 }
      position += 3
      result += "\"\""
    } else if text[position] == "\"" {
      position = end(ofStringAt: position, in: text)
      result += "\"\""
    } else {
      result.append(text[position])
      position += 1
    }
  }
  return result
}

/// The place behind a string of one line, which may hold others in its interpolations.
private func end(ofStringAt start: Int, in text: [Character]) -> Int {
  var (position, depth) = (start + 1, 0)
  while depth > 0 || text[position] != "\"" {
    switch text[position] {
    case "\\" where text[position + 1] == "(":
      depth += 1
      position += 1
    case "\\": position += 1
    case "(" where depth > 0: depth += 1
    case ")" where depth > 0: depth -= 1
    case "\"": position = end(ofStringAt: position, in: text) - 1
    default: break
    }
    position += 1
  }
  return position + 1
}
