import LeRobotCore

/// Why a tokenizer cannot be read, or a text not be laid out as it was asked for.
package enum TokenizerError: Error, Equatable {
  /// No folder, no copy in the cache, and the hub gave none.
  case notFound(name: String, reason: String)
  /// A folder without the files of a tokenizer.
  case noTokenizer(folder: String)
  /// The system's reason.
  case unreadable(file: String, reason: String)
  /// Cut, or no text of its format.
  case malformed(file: String, reason: String)
  /// A member that has to be there.
  case missingField(file: String, field: String)
  /// A member of another kind than the format's.
  case wrongField(file: String, field: String, found: String, expected: String)
  /// Something that changes ids and that this reader does not do.
  case unsupported(file: String, field: String, value: String)
  /// A token stands twice.
  case duplicate(file: String, token: String)
  /// Two tokens with one id.
  case sameID(file: String, token: String, other: String, id: Int)
  /// An id below 0, or far beyond the number of tokens.
  case outOfRange(file: String, token: String, id: Int, limit: Int)
  /// An added token whose id the `tokenizers` library would not give it.
  case wrongID(file: String, token: String, found: Int, expected: Int)
  /// A token that another part of the file names is not in the vocabulary.
  case unknownToken(file: String, field: String, token: String)
  /// Texts of several lengths, and no token to fill up with.
  case noPadding(folder: String)
  /// Less room than the tokens that are put around every text.
  case noRoom(maximum: Int, needed: Int)
  /// Texts of several lengths beyond the maximum, which are not cut.
  case ragged(maximum: Int, longest: Int)
}

extension TokenizerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notFound(let name, let reason):
      "tokenizer \(name.quotedLine): \(reason.line); "
        + (RepositoryName(name).map { "download it with `hf download \($0.name)`, or name a" }
          ?? "name a repository as OWNER/NAME, or a") + " folder that holds it"
    case .noTokenizer(let folder):
      "\(folder.line): no tokenizer: tokenizer_config.json with tokenizer.json, or with vocab.json and "
        + "merges.txt; copy these files there"
    case .unreadable(let file, let reason):
      "\(file.line): cannot be read: \(reason.line); check the file and its permissions"
    case .malformed(let file, let reason):
      "\(file.line): \(reason.line); copy or download the file again"
    case .missingField(let file, let field):
      "\(file.line): \(field.line) is missing; copy or download the file again"
    case .wrongField(let file, let field, let found, let expected):
      "\(file.line): \(field.line) is \(found.line), not \(expected); copy or download the file again"
    case .unsupported(let file, let field, let value):
      "\(file.line): \(field.line) is \(value.line), which this program cannot do; use a tokenizer "
        + "without it, as those of SmolVLM2, PaliGemma and Qwen are"
    default: tokenDescription
    }
  }

  private var tokenDescription: String {
    switch self {
    case .duplicate(let file, let token):
      "\(file.line): \(token.quotedLine) stands twice; remove one"
    case .sameID(let file, let token, let other, let id):
      "\(file.line): \(token.quotedLine) and \(other.quotedLine) both have the id \(id); give one another"
    case .outOfRange(let file, let token, let id, let limit):
      "\(file.line): \(token.quotedLine) has the id \(id), outside 0 ..< \(limit); copy or download the "
        + "file again"
    case .wrongID(let file, let token, let found, let expected):
      "\(file.line): the added token \(token.quotedLine) has the id \(found), the tokenizers library gives "
        + "it \(expected); write that one"
    case .unknownToken(let file, let field, let token):
      "\(file.line): \(field.line): \(token.quotedLine) is not in the vocabulary; copy or download the "
        + "tokenizer again"
    case .noPadding(let folder):
      "\(folder.line): the tokenizer has no pad_token to fill shorter texts up with; name one in its "
        + "tokenizer_config.json"
    case .noRoom(let maximum, let needed):
      "max_length \(maximum): every text needs \(needed) tokens around it; choose a greater one"
    case .ragged(let maximum, let longest):
      "a text of \(longest) tokens is longer than max_length \(maximum); let texts be truncated, or choose "
        + "a greater one"
    default: ""
    }
  }
}

extension String {
  /// Without line breaks and control characters, which a file may bring into a message, and cut after 200
  /// characters.
  fileprivate var line: String {
    let scalars = unicodeScalars.prefix(200).map {
      $0.value < 32 || $0.value == 127 || $0.properties.isWhitespace ? " " : $0
    }
    let text = String(String.UnicodeScalarView(scalars))
    return unicodeScalars.dropFirst(200).isEmpty ? text : text + "…"
  }

  fileprivate var quotedLine: String { "\"\(line)\"" }
}
