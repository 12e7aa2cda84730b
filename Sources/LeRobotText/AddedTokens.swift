/// A token that is cut out of a text before anything else is done to it.
struct AddedToken: Sendable, Equatable {
  var content: String
  /// Only where no letter or digit touches it.
  var isSingleWord = false
  /// Takes the blanks before it along.
  var stripsLeft = false
  /// Takes the blanks behind it along.
  var stripsRight = false
  /// Looked for in the normalized text, itself normalized.
  var isNormalized = false
}

/// The added tokens of a tokenizer (`tokenizers`, `AddedVocabulary`).
struct AddedTokens: Sendable {
  /// A part of a text.
  enum Part: Equatable {
    case text([Unicode.Scalar])
    case token(UInt32)
  }

  private struct Entry {
    var pattern: [Unicode.Scalar]
    var token: AddedToken
    var id: UInt32
  }

  private let plain: [Unicode.Scalar: [Entry]]
  private let normalized: [Unicode.Scalar: [Entry]]
  private let normalizer: TextNormalizer?

  init(_ tokens: [(AddedToken, id: UInt32)], normalizer: TextNormalizer?) {
    self.normalizer = normalizer
    let entries = tokens.map { token, id in
      let content = Array(token.content.unicodeScalars)
      let pattern = token.isNormalized ? normalizer?.normalize(content) ?? content : content
      return Entry(pattern: pattern, token: token, id: id)
    }
    plain = Self.byFirst(entries.filter { !$0.token.isNormalized })
    normalized = Self.byFirst(entries.filter(\.token.isNormalized))
  }

  /// By their first character, the longest first: the longest of those that match is taken.
  private static func byFirst(_ entries: [Entry]) -> [Unicode.Scalar: [Entry]] {
    var table: [Unicode.Scalar: [Entry]] = [:]
    for entry in entries {
      if let first = entry.pattern.first { table[first, default: []].append(entry) }
    }
    return table.mapValues { entries in
      entries.sorted { ($1.pattern.count, $0.id) < ($0.pattern.count, $1.id) }
    }
  }

  /// Cuts the tokens out of a text. What is left is normalized.
  func cut(_ text: [Unicode.Scalar]) -> [Part] {
    cut(text, plain).flatMap { part -> [Part] in
      guard case .text(let text) = part else { return [part] }
      return cut(normalizer?.normalize(text) ?? text, normalized)
    }
  }

  private func cut(_ text: [Unicode.Scalar], _ table: [Unicode.Scalar: [Entry]]) -> [Part] {
    guard !table.isEmpty else { return text.isEmpty ? [] : [.text(text)] }
    var parts: [Part] = []
    var (done, index) = (0, 0)
    while index < text.count {
      guard
        let entry = table[text[index]]?.first(where: { text[index...].starts(with: $0.pattern) })
      else {
        index += 1
        continue
      }
      var (start, end) = (index, index + entry.pattern.count)
      index = end
      if entry.token.isSingleWord, Self.touchesWord(text, start, end) { continue }
      if entry.token.stripsLeft { start = max(Self.blanksBefore(text, start), done) }
      if entry.token.stripsRight { end = text[end...].firstIndex { !$0.isSpace } ?? text.count }
      if done < start { parts.append(.text(Array(text[done..<start]))) }
      parts.append(.token(entry.id))
      done = end
    }
    if done < text.count { parts.append(.text(Array(text[done...]))) }
    return parts
  }

  private static func touchesWord(_ text: [Unicode.Scalar], _ start: Int, _ end: Int) -> Bool {
    start > 0 && text[start - 1].isWord || end < text.count && text[end].isWord
  }

  /// Where the blanks begin that end at `end`.
  private static func blanksBefore(_ text: [Unicode.Scalar], _ end: Int) -> Int {
    text[..<end].lastIndex { !$0.isSpace }.map { $0 + 1 } ?? 0
  }
}
