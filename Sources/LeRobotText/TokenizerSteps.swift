import LeRobotCore

// The steps of a tokenizer.json. A step or a setting that is not listed here is an error: it would
// change ids unnoticed.

extension TextNormalizer {
  /// - Throws: `TokenizerError`.
  init(_ fields: FileFields) throws(TokenizerError) {
    switch try fields.text("type") {
    case "NFC":
      try fields.allow(["type"])
      self = .composed
    case "Replace":
      try fields.allow(["type", "pattern", "content"])
      let pattern = try fields.dictionary("pattern")
      try pattern.allow(["String"])
      let text = Array(try pattern.text("String").unicodeScalars)
      if text.isEmpty { throw fields.unsupported("pattern") }
      self = .replaced(text, by: Array(try fields.text("content").unicodeScalars))
    case "Sequence":
      try fields.allow(["type", "normalizers"])
      self = .sequence(try fields.steps("normalizers", Self.init))
    default: throw fields.unsupported("type")
    }
  }
}

extension TextSplitter {
  /// - Throws: `TokenizerError`.
  init(_ fields: FileFields) throws(TokenizerError) {
    switch try fields.text("type") {
    case "Digits":
      try fields.allow(["type", "individual_digits"])
      self = .digits(individual: try fields.flag("individual_digits"))
    case "ByteLevel":
      try fields.allow(["type", "add_prefix_space", "trim_offsets", "use_regex"])
      self = .byteLevel(
        addsPrefixSpace: try fields.flag("add_prefix_space"),
        usesPattern: try fields.flag("use_regex", or: true))
    case "Split":
      try fields.allow(["type", "pattern", "behavior", "invert"])
      guard let delimiter = Delimiter(rawValue: try fields.text("behavior")) else {
        throw fields.unsupported("behavior")
      }
      self = try Self.split(fields, delimiter, isInverted: try fields.flag("invert"))
    case "Sequence":
      try fields.allow(["type", "pretokenizers"])
      self = .sequence(try fields.steps("pretokenizers", Self.init))
    default: throw fields.unsupported("type")
    }
  }

  private static func split(
    _ fields: FileFields, _ delimiter: Delimiter, isInverted: Bool
  ) throws(TokenizerError) -> TextSplitter {
    let pattern = try fields.dictionary("pattern")
    try pattern.allow(["String", "Regex"])
    if let text = try pattern.textOrNil("String"), !text.isEmpty {
      return .text(Array(text.unicodeScalars), delimiter, isInverted: isInverted)
    }
    let expression = try pattern.textOrNil("Regex")
    guard let known = WordPattern.allCases.first(where: { $0.expression == expression }) else {
      throw fields.unsupported("pattern")
    }
    return .pattern(known, delimiter, isInverted: isInverted)
  }

  /// With transformers' setting in place of the file's: its fast tokenizers overrule a `ByteLevel` that
  /// stands alone (`tokenization_utils_fast.py`).
  func overruled(addsPrefixSpace: Bool) -> TextSplitter {
    guard case .byteLevel(_, let usesPattern) = self else { return self }
    return .byteLevel(addsPrefixSpace: addsPrefixSpace, usesPattern: usesPattern)
  }
}

/// The tokens that are put around every text.
struct TokenTemplate: Sendable, Equatable {
  var before: [UInt32] = []
  var after: [UInt32] = []

  /// How many there are.
  var count: Int { before.count + after.count }

  init(before: [UInt32] = [], after: [UInt32] = []) {
    (self.before, self.after) = (before, after)
  }

  /// Reads a `post_processor`.
  ///
  /// - Throws: `TokenizerError`.
  init(_ fields: FileFields) throws(TokenizerError) {
    switch try fields.text("type") {
    // It changes offsets, not ids.
    case "ByteLevel": try fields.allow(["type", "add_prefix_space", "trim_offsets", "use_regex"])
    case "TemplateProcessing":
      try fields.allow(["type", "single", "pair", "special_tokens"])
      try read(fields)
    case "Sequence":
      try fields.allow(["type", "processors"])
      let steps = try fields.steps("processors", Self.init).filter { $0.count > 0 }
      guard steps.count <= 1 else { throw fields.unsupported("processors") }
      self = steps.first ?? TokenTemplate()
    default: throw fields.unsupported("type")
    }
  }

  private mutating func read(_ fields: FileFields) throws(TokenizerError) {
    var textCount = 0
    for (index, value) in try fields.list("single").enumerated() {
      let item = try FileFields(
        value, file: fields.file, path: "\(fields.name("single"))[\(index)]")
      try item.allow(["SpecialToken", "Sequence"])
      guard item.optional("SpecialToken") != nil else {
        guard try item.dictionary("Sequence").text("id") == "A" else {
          throw item.unsupported("Sequence")
        }
        textCount += 1
        continue
      }
      let ids = try Self.ids(try item.dictionary("SpecialToken").text("id"), fields)
      if textCount == 0 { before += ids } else { after += ids }
    }
    guard textCount == 1 else { throw fields.unsupported("single") }
  }

  private static func ids(
    _ token: String, _ fields: FileFields
  ) throws(TokenizerError) -> [UInt32] {
    let tokens = try fields.dictionary("special_tokens")
    let entry = try tokens.dictionary(token)
    var ids: [UInt32] = []
    for value in try entry.list("ids") {
      guard let number = value.intValue, let id = UInt32(exactly: number), id < 1 << 31 else {
        throw .wrongField(
          file: fields.file, field: entry.name("ids"), found: value.pythonText(),
          expected: "a list of ids")
      }
      ids.append(id)
    }
    return ids
  }
}

extension FileFields {
  /// The steps of a sequence.
  fileprivate func steps<Step>(
    _ key: String, _ read: (FileFields) throws(TokenizerError) -> Step
  ) throws(TokenizerError) -> [Step] {
    var steps: [Step] = []
    for (index, value) in try list(key).enumerated() {
      steps.append(try read(FileFields(value, file: file, path: "\(name(key))[\(index)]")))
    }
    return steps
  }
}
