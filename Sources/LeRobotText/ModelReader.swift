import Foundation
import LeRobotCore

/// Reads a tokenizer.json: the vocabulary and the merges as they pass by, the rest as values.
struct ModelReader {
  private let problems: JSONProblems
  private var vocabulary: VocabularyReader
  /// The members of `model` but for the vocabulary and the merges.
  private var settings: JSONValue?
  private var file: String { problems.file }

  /// - Throws: `TokenizerError.malformed` where the bytes are not UTF-8.
  init(file: String, _ bytes: [UInt8]) throws(TokenizerError) {
    problems = try JSONProblems(file: file, bytes)
    vocabulary = VocabularyReader(problems, byteCount: bytes.count)
  }

  /// Reads the file; its members but for `model`.
  ///
  /// - Throws: `TokenizerError`.
  mutating func read() throws(TokenizerError) -> JSONValue {
    var scanner = JSONScanner(problems.bytes)
    var key: [UInt8] = []
    var rest = SmallMembers()
    try scanner.members(&key, wrapping: problems.malformed) {
      (scanner, key) throws(TokenizerError) in
      if key.elementsEqual("model".utf8) {
        try readModel(&scanner)
      } else {
        try rest.add(key, from: &scanner, problems)
      }
    }
    try problems.end(&scanner)
    return try rest.value(problems)
  }

  private mutating func readModel(_ scanner: inout JSONScanner) throws(TokenizerError) {
    guard settings == nil else { throw .duplicate(file: file, token: "model") }
    var key: [UInt8] = []
    var rest = SmallMembers()
    // Merges can be understood only when the vocabulary is known.
    var waiting: JSONScanner?
    try scanner.members(&key, wrapping: problems.malformed) {
      (scanner, key) throws(TokenizerError) in
      if key.elementsEqual("vocab".utf8), scanner.peek() == UInt8(ascii: "{") {
        try vocabulary.readVocabulary(&scanner)
      } else if key.elementsEqual("merges".utf8), scanner.peek() == UInt8(ascii: "[") {
        if vocabulary.isRead {
          try vocabulary.readMerges(&scanner)
        } else {
          waiting = scanner
          _ = try problems.value(&scanner)
        }
      } else {
        try rest.add(key, from: &scanner, problems)
      }
    }
    settings = try rest.value(problems)
    if var waiting, vocabulary.isRead { try vocabulary.readMerges(&waiting) }
  }

  /// The model, once the file is read.
  func model() throws(TokenizerError) -> BytePairMerges {
    guard let settings else { throw .missingField(file: file, field: "model") }
    let fields = try FileFields(settings, file: file, path: "model")
    let type = try fields.textOrNil("type") ?? "BPE"
    guard type == "BPE" else { throw fields.unsupported("type") }
    guard vocabulary.isRead else {
      _ = try fields.dictionary("vocab")
      throw .missingField(file: file, field: "model.vocab")
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = try fields.textOrNil(key), !text.isEmpty { throw fields.unsupported(key) }
    }
    if let dropout = fields.optional("dropout"), dropout.doubleValue != 0 {
      throw fields.unsupported("dropout")
    }
    if try fields.flag("ignore_merges", or: false) { throw fields.unsupported("ignore_merges") }
    try fields.allow([
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
      "byte_fallback", "ignore_merges",
    ])
    return BytePairMerges(vocabulary.pieces, vocabulary.merges, try fallback(fields))
  }

  private func fallback(_ fields: FileFields) throws(TokenizerError) -> BytePairMerges.Fallback {
    var fallback = BytePairMerges.Fallback()
    fallback.isFused = try fields.flag("fuse_unk", or: false)
    if let token = try fields.textOrNil("unk_token") {
      guard let id = vocabulary.pieces.id(of: token) else {
        throw .unknownToken(file: file, field: "model.unk_token", token: token)
      }
      fallback.unknown = id
    }
    if try fields.flag("byte_fallback", or: false) {
      fallback.bytes = (0..<256).map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return vocabulary.pieces.id(of: "<0x\(byte < 16 ? "0" : "")\(digits)>")
      }
    }
    return fallback
  }
}

/// Members of a dictionary that are small enough to be values, written as a dictionary again.
private struct SmallMembers {
  private var text: [UInt8] = []

  mutating func add(
    _ key: [UInt8], from scanner: inout JSONScanner, _ problems: JSONProblems
  ) throws(TokenizerError) {
    let name = JSONValue.string(String(decoding: key, as: UTF8.self)).pythonText()
    text += Array((text.isEmpty ? "{\(name):" : ",\(name):").utf8)
    text += problems.bytes[try problems.value(&scanner)]
  }

  /// All of them as a dictionary.
  func value(_ problems: JSONProblems) throws(TokenizerError) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue(parsing: Data(text.isEmpty ? Array("{}".utf8) : text + [0x7D]))
    } catch {
      throw problems.malformed(JSONScanner.Failure(offset: 0))
    }
  }
}
