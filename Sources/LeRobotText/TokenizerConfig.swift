import LeRobotCore

/// What transformers' files beside a tokenizer say: tokenizer_config.json and, beside older ones without
/// `added_tokens_decoder`, special_tokens_map.json and added_tokens.json (transformers 4.57
/// `tokenization_utils_base.py`, `_from_pretrained`).
struct TokenizerConfig {
  /// The classes of tokenizers that can be read, by transformers' names.
  enum Kind: String {
    case plain = "PreTrainedTokenizer"
    case gpt2 = "GPT2Tokenizer"
    case gemma = "GemmaTokenizer"
    case qwen = "Qwen2Tokenizer"

    /// The special tokens that the class assumes.
    fileprivate var standards: [String: String] {
      let end = "<|endoftext|>"
      switch self {
      case .plain: return [:]
      case .gpt2: return ["bos_token": end, "eos_token": end, "unk_token": end]
      case .gemma:
        return [
          "bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>",
        ]
      case .qwen: return ["eos_token": end, "unk_token": end, "pad_token": end]
      }
    }
  }

  /// A token with a role, as in `pad_token`.
  enum Special: Equatable {
    case name(String)
    /// With flags, which then count.
    case token(AddedToken)

    var content: String {
      switch self {
      case .name(let content): content
      case .token(let token): token.content
      }
    }
  }

  let file: String
  let kind: Kind
  /// In transformers' order, by role; several may have the role `additional_special_tokens`.
  private(set) var specials: [(role: String, Special)] = []
  /// Whether the folder is of before `added_tokens_decoder`.
  let isOlder: Bool
  /// Added tokens by id, in ascending order.
  private(set) var declared: [(AddedToken, id: Int)] = []
  /// Of Gemma's tokenizers.
  let addsBeginning: Bool
  let addsEnd: Bool
  let addsPrefixSpace: Bool
  let truncationSide: TextSide?
  let paddingSide: TextSide?

  private static let roles = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// Reads a folder's files.
  ///
  /// - Throws: `TokenizerError`.
  init(folder: String) throws(TokenizerError) {
    file = "\(folder)/\(TokenizerFolder.configName)"
    let fields = try FileFields(reading: file)
    let name = try fields.text("tokenizer_class")
    guard let kind = Kind(rawValue: name.hasSuffix("Fast") ? String(name.dropLast(4)) : name) else {
      throw fields.unsupported("tokenizer_class")
    }
    self.kind = kind
    if try fields.flag("split_special_tokens", or: false) {
      throw fields.unsupported("split_special_tokens")
    }
    addsBeginning = try fields.flag("add_bos_token", or: true)
    addsEnd = try fields.flag("add_eos_token", or: false)
    addsPrefixSpace = try fields.flag("add_prefix_space", or: false)
    truncationSide = try fields.side("truncation_side")
    paddingSide = try fields.side("padding_side")
    isOlder = fields.members["added_tokens_decoder"] == nil
    let older = !isOlder ? nil : try Self.small("\(folder)/\(TokenizerFolder.specialTokensName)")
    specials = try Self.specials(fields, older, kind)
    declared = try isOlder ? Self.older(folder, specials) : Self.declared(fields)
    resolve()
  }

  /// The token of a role.
  func special(_ role: String) -> String? { specials.first { $0.role == role }?.1.content }

  /// A special token that is declared has the flags of its declaration.
  private mutating func resolve() {
    let byContent = Dictionary(
      declared.map { ($0.0.content, $0.0) }, uniquingKeysWith: { $1 })
    for (index, entry) in specials.enumerated() where entry.role != "additional_special_tokens" {
      if let token = byContent[entry.1.content] { specials[index].1 = .token(token) }
    }
  }

  // MARK: Reading

  private static func small(_ path: String) throws(TokenizerError) -> FileFields? {
    FileSystem.exists(path) ? try FileFields(reading: path) : nil
  }

  private static func declared(
    _ fields: FileFields
  ) throws(TokenizerError) -> [(AddedToken, id: Int)] {
    let entries = try fields.dictionary("added_tokens_decoder")
    var declared: [(AddedToken, id: Int)] = []
    for key in entries.members.objectValue?.keys.elements ?? [] {
      guard let id = Int(key), id >= 0 else { throw entries.unsupported(key) }
      declared.append((try AddedToken(try entries.dictionary(key)), id))
    }
    return declared.sorted { $0.id < $1.id }
  }

  private static func older(
    _ folder: String, _ specials: [(role: String, Special)]
  ) throws(TokenizerError) -> [(AddedToken, id: Int)] {
    guard let fields = try small("\(folder)/\(TokenizerFolder.addedTokensName)") else { return [] }
    var declared: [(AddedToken, id: Int)] = []
    for (content, value) in fields.members.objectValue ?? [:] {
      guard let id = value.intValue, id >= 0 else {
        throw .wrongField(
          file: fields.file, field: content, found: value.pythonText(), expected: "an id")
      }
      let isSpecial = specials.contains { $0.1.content == content }
      declared.append((AddedToken(content: content, isNormalized: !isSpecial), id))
    }
    return declared.sorted { $0.id < $1.id }
  }

  private static func specials(
    _ fields: FileFields, _ older: FileFields?, _ kind: Kind
  ) throws(TokenizerError) -> [(role: String, Special)] {
    var specials: [(role: String, Special)] = []
    for role in roles {
      let source = older?.members[role] != nil ? older ?? fields : fields
      if let special = try special(source, role) {
        specials.append((role, special))
      } else if source.members[role] == nil, let standard = kind.standards[role] {
        specials.append((role, .name(standard)))
      }
    }
    // Qwen's class makes tokens of the names.
    if kind == .qwen {
      let own = ["bos_token", "eos_token", "unk_token", "pad_token"]
      for (index, entry) in specials.enumerated() where own.contains(entry.role) {
        if case .name(let name) = entry.1 {
          specials[index].1 = .token(AddedToken(content: name))
        }
      }
    }
    for source in [fields, older].compactMap(\.self)
    where source.optional("additional_special_tokens") != nil {
      for value in try source.list("additional_special_tokens") {
        let special = try special(value, source, "additional_special_tokens")
        if !specials.contains(where: { $0.1.content == special.content }) {
          specials.append(("additional_special_tokens", special))
        }
      }
    }
    if let extra = fields.optional("extra_special_tokens") {
      let entries = try FileFields(extra, file: fields.file, path: "extra_special_tokens")
      for role in entries.members.objectValue?.keys.elements ?? [] {
        if let special = try special(entries, role) { specials.append((role, special)) }
      }
    }
    return specials
  }

  private static func special(
    _ fields: FileFields, _ role: String
  ) throws(TokenizerError) -> Special? {
    guard let value = fields.optional(role) else { return nil }
    return try special(value, fields, role)
  }

  private static func special(
    _ value: JSONValue, _ fields: FileFields, _ role: String
  ) throws(TokenizerError) -> Special {
    if let name = value.stringValue { return .name(name) }
    return .token(try AddedToken(FileFields(value, file: fields.file, path: fields.name(role))))
  }
}
