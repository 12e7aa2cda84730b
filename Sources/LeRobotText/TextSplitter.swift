/// How a text is cut into words; the model sees one at a time (`tokenizers`, `pre_tokenizers`).
indirect enum TextSplitter: Sendable, Equatable {
  /// At digits of all scripts; each is a word of its own, or each run of them.
  case digits(individual: Bool)
  /// GPT-2's words, or the text as it is, written in the alphabet of bytes.
  case byteLevel(addsPrefixSpace: Bool, usesPattern: Bool)
  /// At a text.
  case text([Unicode.Scalar], Delimiter, isInverted: Bool)
  /// By a pattern.
  case pattern(WordPattern, Delimiter, isInverted: Bool)
  /// One after the other, on each word of the one before.
  case sequence([TextSplitter])

  /// What becomes of the matches at which a text is cut.
  enum Delimiter: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  func split(_ text: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
    switch self {
    case .digits(let individual):
      let parts = text.indices.map { ($0..<$0 + 1, isMatch: text[$0].isNumeric) }
      return (individual ? Delimiter.isolated : .contiguous).cut(text, Self.joined(parts))
    case .byteLevel(let addsPrefixSpace, let usesPattern):
      let text = addsPrefixSpace && text.first != " " ? [" "] + text : text
      let words = usesPattern ? WordPattern.gpt2.words(text) : [text.indices]
      return words.map { ByteAlphabet.encode(text[$0]) }
    case .text(let pattern, let delimiter, let isInverted):
      return delimiter.cut(text, text.occurrences(of: pattern), isInverted: isInverted)
    case .pattern(let pattern, let delimiter, let isInverted):
      let parts = pattern.words(text).map { ($0, isMatch: true) }
      return delimiter.cut(text, parts, isInverted: isInverted)
    case .sequence(let steps):
      return steps.reduce([text]) { words, step in words.flatMap(step.split) }
    }
  }

  /// Neighbours that are no matches as one part.
  private static func joined(
    _ parts: [(Range<Int>, isMatch: Bool)]
  ) -> [(Range<Int>, isMatch: Bool)] {
    var joined: [(Range<Int>, isMatch: Bool)] = []
    for (range, isMatch) in parts {
      if !isMatch, let last = joined.last, !last.isMatch {
        joined[joined.count - 1].0 = last.0.lowerBound..<range.upperBound
      } else {
        joined.append((range, isMatch))
      }
    }
    return joined
  }
}

extension TextSplitter.Delimiter {
  /// The words of a text whose matches, and what lies between them, are `parts`
  /// (`tokenizers`, `NormalizedString::split`).
  func cut(
    _ text: [Unicode.Scalar], _ parts: [(Range<Int>, isMatch: Bool)], isInverted: Bool = false
  ) -> [[Unicode.Scalar]] {
    let parts = parts.map { ($0, isMatch: $1 != isInverted) }
    switch self {
    case .removed: return parts.filter { !$0.isMatch }.map { Array(text[$0.0]) }
    case .isolated: return parts.map { Array(text[$0.0]) }
    case .contiguous: return merged(text, parts) { $0 == $1 }
    case .mergedWithPrevious:
      return merged(text, parts) { isMatch, wasMatch in isMatch && !wasMatch }
    case .mergedWithNext:
      // From the end: a match joins what follows it.
      let words = merged(text, parts.reversed()) { isMatch, wasMatch in isMatch && !wasMatch }
      return words.reversed()
    }
  }

  /// Joins a part to the one before where `joins` says so of the two.
  private func merged(
    _ text: [Unicode.Scalar], _ parts: [(Range<Int>, isMatch: Bool)],
    _ joins: (_ isMatch: Bool, _ wasMatch: Bool) -> Bool
  ) -> [[Unicode.Scalar]] {
    var words: [Range<Int>] = []
    var wasMatch = false
    for (range, isMatch) in parts {
      if let last = words.last, joins(isMatch, wasMatch) {
        words[words.count - 1] =
          min(last.lowerBound, range.lowerBound)..<max(last.upperBound, range.upperBound)
      } else {
        words.append(range)
      }
      wasMatch = isMatch
    }
    return words.map { Array(text[$0]) }
  }
}
