/// GPT-2's pattern:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
struct GPT2Scanner: WordScanner {
  let text: [Unicode.Scalar]

  /// The end of the word that starts at `start`; alternatives are tried in the pattern's order.
  func end(from start: Int) -> Int {
    contraction(from: start, ignoresCase: false)
      ?? runAfterBlank(from: start, \.isLetter)
      ?? runAfterBlank(from: start, \.isNumber)
      ?? runAfterBlank(from: start, isOther)
      ?? blanks(from: start)
  }
}
