import LeRobotCore

// What transformers makes of a tokenizer's files together (`tokenization_utils_fast.py`).
extension Tokenizer {
  /// The added tokens of tokenizer.json, then those that transformers' files declare, then the special
  /// ones that neither has.
  static func addedTokens(
    _ parts: TokenizerFile, _ config: TokenizerConfig
  ) throws(TokenizerError) -> AddedTokenList {
    var list = AddedTokenList(parts.model.pieces)
    for (token, id) in parts.addedTokens { try list.add(token, id: id, file: parts.file) }
    let ids = Set(parts.addedTokens.map(\.id))
    for (token, id) in config.declared where !(config.isOlder && ids.contains(id)) {
      try list.add(token, id: id, file: config.file)
    }
    var seen: Set<[UInt8]> = []
    for (_, special) in config.specials where seen.insert(Array(special.content.utf8)).inserted {
      switch special {
      case .name(let content):
        guard !list.holds(content) else { continue }
        try list.add(AddedToken(content: content), id: nil, file: config.file)
      case .token(let token): try list.add(token, id: nil, file: config.file)
      }
    }
    for (token, _) in list.tokens where token.isNormalized {
      let content = Array(token.content.unicodeScalars)
      // Nothing would be found everywhere.
      if parts.normalizer?.normalize(content).isEmpty == true {
        throw .unsupported(
          file: parts.file, field: "added token \(token.content)", value: "empty once normalized")
      }
    }
    return list
  }

  /// The file's template, but for Gemma, whose class makes its own (`tokenization_gemma_fast.py`).
  static func template(
    _ parts: TokenizerFile, _ config: TokenizerConfig, _ list: AddedTokenList
  ) throws(TokenizerError) -> TokenTemplate {
    guard config.kind == .gemma else { return parts.template }
    func ids(_ role: String) throws(TokenizerError) -> [UInt32] {
      guard let token = config.special(role), let id = list.id(of: token) else {
        throw .missingField(file: config.file, field: role)
      }
      return [id]
    }
    return TokenTemplate(
      before: config.addsBeginning ? try ids("bos_token") : [],
      after: config.addsEnd ? try ids("eos_token") : [])
  }
}
