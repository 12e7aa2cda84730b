/// What is done to a text before it is cut into words (`tokenizers`, `normalizers`).
indirect enum TextNormalizer: Sendable, Equatable {
  /// Normalization form C.
  case composed
  /// Every occurrence of a text, from the left, is replaced.
  case replaced([Unicode.Scalar], by: [Unicode.Scalar])
  /// One after the other.
  case sequence([TextNormalizer])

  func normalize(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    switch self {
    case .composed: ComposedText.compose(text)
    case .replaced(let pattern, let content):
      text.occurrences(of: pattern).flatMap { range, isMatch in
        isMatch ? content[...] : text[range]
      }
    case .sequence(let steps): steps.reduce(text) { $1.normalize($0) }
    }
  }
}

extension [Unicode.Scalar] {
  /// The places of a text, from the left and without overlap, and what lies between them, in order.
  func occurrences(of pattern: [Unicode.Scalar]) -> [(Range<Int>, isMatch: Bool)] {
    var parts: [(Range<Int>, isMatch: Bool)] = []
    var (start, index) = (0, 0)
    while index < count {
      guard self[index...].starts(with: pattern), !pattern.isEmpty else {
        index += 1
        continue
      }
      if start < index { parts.append((start..<index, false)) }
      parts.append((index..<index + pattern.count, true))
      index += pattern.count
      start = index
    }
    if start < count { parts.append((start..<count, false)) }
    return parts
  }
}
