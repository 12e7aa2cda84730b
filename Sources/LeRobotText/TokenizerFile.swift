import Foundation
import LeRobotCore

/// What a tokenizer.json says (`tokenizers`, `tokenizer/serialization.rs`).
struct TokenizerFile {
  let file: String
  let model: BytePairMerges
  /// With their ids, in the file's order.
  var addedTokens: [(AddedToken, id: Int)] = []
  var normalizer: TextNormalizer?
  var splitter: TextSplitter?
  var template = TokenTemplate()
  /// The side of truncation and of padding, where the file has settings for them.
  var truncationSide: TextSide?
  var paddingSide: TextSide?
  var paddingToken: String?

  /// Reads a tokenizer.json.
  ///
  /// - Throws: `TokenizerError`.
  init(reading file: String) throws(TokenizerError) {
    self.file = file
    var reader = try ModelReader(file: file, TokenizerBytes.read(file))
    let other = try reader.read()
    let fields = try FileFields(other, file: file, path: "the file")
    try fields.allow([
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
      "post_processor", "decoder",
    ])
    model = try reader.model()
    addedTokens = try Self.addedTokens(fields)
    normalizer = try fields.optional("normalizer").map { value throws(TokenizerError) in
      try TextNormalizer(FileFields(value, file: file, path: "normalizer"))
    }
    splitter = try fields.optional("pre_tokenizer").map { value throws(TokenizerError) in
      try TextSplitter(FileFields(value, file: file, path: "pre_tokenizer"))
    }
    if let value = fields.optional("post_processor") {
      template = try TokenTemplate(FileFields(value, file: file, path: "post_processor"))
    }
    if fields.optional("truncation") != nil {
      truncationSide = try fields.dictionary("truncation").side("direction")
    }
    if fields.optional("padding") != nil {
      let padding = try fields.dictionary("padding")
      paddingSide = try padding.side("direction")
      paddingToken = try padding.textOrNil("pad_token")
    }
  }

  /// What vocab.json and merges.txt say, with what transformers puts around a Qwen2Tokenizer
  /// (`convert_slow_tokenizer.py`, `Qwen2Converter`).
  ///
  /// - Throws: `TokenizerError`.
  init(qwenVocabulary file: String, merges: String) throws(TokenizerError) {
    self.file = file
    let problems = try JSONProblems(file: file, TokenizerBytes.read(file))
    var reader = VocabularyReader(problems, byteCount: problems.bytes.count)
    var scanner = JSONScanner(problems.bytes)
    try reader.readVocabulary(&scanner)
    try problems.end(&scanner)
    try reader.readMergeLines(try TokenizerBytes.read(merges), file: merges)
    model = BytePairMerges(reader.pieces, reader.merges, BytePairMerges.Fallback())
    normalizer = .composed
    splitter = .sequence([
      .pattern(.qwen, .isolated, isInverted: false),
      .byteLevel(addsPrefixSpace: false, usesPattern: false),
    ])
  }

  private static func addedTokens(
    _ fields: FileFields
  ) throws(TokenizerError) -> [(AddedToken, id: Int)] {
    guard fields.optional("added_tokens") != nil else { return [] }
    var tokens: [(AddedToken, id: Int)] = []
    for (index, value) in try fields.list("added_tokens").enumerated() {
      let token = try FileFields(
        value, file: fields.file, path: "\(fields.name("added_tokens"))[\(index)]")
      guard let id = try token.required("id").intValue else {
        throw .wrongField(
          file: token.file, field: token.name("id"), found: try token.required("id").kind,
          expected: "an integer")
      }
      tokens.append((try AddedToken(token), id))
    }
    return tokens
  }
}

extension AddedToken {
  /// Reads a token's entry, of tokenizer.json or of transformers' files.
  init(_ fields: FileFields) throws(TokenizerError) {
    try fields.allow([
      "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special", "__type",
    ])
    let isSpecial = try fields.flag("special", or: false)
    self.init(
      content: try fields.text("content"),
      isSingleWord: try fields.flag("single_word", or: false),
      stripsLeft: try fields.flag("lstrip", or: false),
      stripsRight: try fields.flag("rstrip", or: false),
      isNormalized: try fields.flag("normalized", or: !isSpecial))
  }
}
