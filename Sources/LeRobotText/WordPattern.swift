/// The patterns by which byte-level tokenizers cut texts into words. Only these two are in use, so each
/// has a scanner of its own instead of an engine for regular expressions.
enum WordPattern: CaseIterable {
  /// GPT-2's, which `ByteLevel` has built in (openai/gpt-2 `encoder.py`).
  case gpt2
  /// Qwen's (transformers `models/qwen2`).
  case qwen

  /// As it stands in files.
  var expression: String {
    switch self {
    case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .qwen:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
  }

  /// The words of a text, in order; nothing of it is left out.
  func words(_ text: [Unicode.Scalar]) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var start = 0
    while start < text.count {
      let end: Int =
        switch self {
        case .gpt2: GPT2Scanner(text: text).end(from: start)
        case .qwen: QwenScanner(text: text).end(from: start)
        }
      words.append(start..<end)
      start = end
    }
    return words
  }
}

/// What both scanners share.
protocol WordScanner {
  /// The text that is cut.
  var text: [Unicode.Scalar] { get }
}

extension WordScanner {
  /// The end of the run of characters of a class.
  func run(from start: Int, _ isOfClass: (Unicode.Scalar) -> Bool) -> Int {
    text[start...].firstIndex { !isOfClass($0) } ?? text.count
  }

  /// `[^\s\p{L}\p{N}]`.
  func isOther(_ scalar: Unicode.Scalar) -> Bool {
    !scalar.isSpace && !scalar.isLetter && !scalar.isNumber
  }

  /// ` ?[…]+`: the end of a run behind at most one blank; nil where there is no run.
  func runAfterBlank(from start: Int, _ isOfClass: (Unicode.Scalar) -> Bool) -> Int? {
    let first = text[start] == " " ? start + 1 : start
    let end = run(from: first, isOfClass)
    return end > first ? end : nil
  }

  /// `\s+(?!\S)|\s+`: all blanks up to the last one of them, which the next word takes along.
  func blanks(from start: Int) -> Int {
    let end = run(from: start, \.isSpace)
    return end == text.count || end == start + 1 ? end : end - 1
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d`: the end of a contraction.
  ///
  /// - Parameter ignoresCase: as `(?i:…)` does, to which ſ is an s.
  func contraction(from start: Int, ignoresCase: Bool) -> Int? {
    guard text[start] == "'" else { return nil }
    let rest = text[(start + 1)...].prefix(2).map { scalar -> Unicode.Scalar in
      guard ignoresCase else { return scalar }
      if scalar == "ſ" { return "s" }
      let isCapital = (0x41...0x5A).contains(scalar.value)
      return isCapital ? Unicode.Scalar(UInt8(scalar.value) + 0x20) : scalar
    }
    guard let first = rest.first else { return nil }
    if ["s", "t", "m", "d"].contains(first) { return start + 2 }
    guard rest.count == 2 else { return nil }
    let isPair = rest == ["r", "e"] || rest == ["v", "e"] || rest == ["l", "l"]
    return isPair ? start + 3 : nil
  }
}
