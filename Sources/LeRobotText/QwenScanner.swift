/// Qwen's pattern:
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}
///     | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
struct QwenScanner: WordScanner {
  let text: [Unicode.Scalar]

  /// The end of the word that starts at `start`; alternatives are tried in the pattern's order.
  func end(from start: Int) -> Int {
    contraction(from: start, ignoresCase: true)
      ?? letters(from: start)
      ?? (text[start].isNumber ? start + 1 : nil)
      ?? runAfterBlank(from: start, isOther).map { run(from: $0, \.isLineBreak) }
      ?? lines(from: start)
      ?? blanks(from: start)
  }

  /// `[^\r\n\p{L}\p{N}]?\p{L}+`: letters, and one character of almost any kind before them.
  private func letters(from start: Int) -> Int? {
    let takesOne = !text[start].isLineBreak && !text[start].isLetter && !text[start].isNumber
    let first = takesOne ? start + 1 : start
    let end = run(from: first, \.isLetter)
    return end > first ? end : nil
  }

  /// `\s*[\r\n]+`: blanks up to the last line break among them.
  private func lines(from start: Int) -> Int? {
    let end = run(from: start, \.isSpace)
    return text[start..<end].lastIndex(where: \.isLineBreak).map { $0 + 1 }
  }
}
