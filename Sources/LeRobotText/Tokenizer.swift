import LeRobotCore

/// Turns texts into the ids that a language model was trained on, as transformers' fast tokenizers do
/// (transformers 4.57.6 with tokenizers 0.22.2).
///
/// It reads byte-level BPE of SmolVLM2's kind, Gemma's BPE with byte fallback, and Qwen's vocab.json
/// with merges.txt. What else a file asks for is an error when it is read.
package final class Tokenizer: Sendable {
  /// Where its files are.
  package let folder: String
  /// The side on which texts are cut that are too long, unless a layout says otherwise.
  package let truncationSide: TextSide
  /// The side that the files suggest for padding.
  package let paddingSide: TextSide
  /// The id to fill up with; nil where the tokenizer has none.
  package let paddingID: Int?

  private let model: BytePairMerges
  private let added: AddedTokens
  private let list: AddedTokenList
  private let addedNames: [UInt32: String]
  private let splitter: TextSplitter?
  private let template: TokenTemplate
  /// The ids of texts that were asked for, without what is put around them: a dataset has few tasks.
  private let known = Shared<[[UInt8]: [UInt32]]>([:])
  private static let knownLimit = 4096

  /// Reads the tokenizer of a folder.
  ///
  /// - Throws: `TokenizerError`.
  package convenience init(folder: String) throws(TokenizerError) {
    try self.init(TokenizerFolder(folder))
  }

  /// Reads a tokenizer's files.
  init(_ folder: TokenizerFolder) throws(TokenizerError) {
    let config = try TokenizerConfig(folder: folder.path)
    let parts: TokenizerFile
    if let file = folder.tokenizer {
      parts = try TokenizerFile(reading: file)
    } else if config.kind == .qwen, let (vocabulary, merges) = folder.vocabulary {
      parts = try TokenizerFile(qwenVocabulary: vocabulary, merges: merges)
    } else {
      throw .noTokenizer(folder: folder.path)
    }
    self.folder = folder.path
    let list = try Self.addedTokens(parts, config)
    let padding = config.special("pad_token") ?? parts.paddingToken
    paddingID = padding.flatMap(list.id).map(Int.init)
    truncationSide = config.truncationSide ?? parts.truncationSide ?? .right
    paddingSide = config.paddingSide ?? parts.paddingSide ?? .right
    model = parts.model
    added = AddedTokens(list.tokens, normalizer: parts.normalizer)
    self.list = list
    addedNames = Dictionary(list.tokens.map { ($1, $0.content) }, uniquingKeysWith: { $1 })
    splitter = parts.splitter?.overruled(addsPrefixSpace: config.addsPrefixSpace)
    template = try Self.template(parts, config, list)
  }

  // MARK: Tokens

  /// One more than the greatest id that can come out: what an embedding has to hold.
  package var idCount: Int {
    max(model.pieces.idCount, (addedNames.keys.max().map { Int($0) + 1 }) ?? 0)
  }

  /// The id of a token of the vocabulary, or of an added one; nil for any other text.
  package func id(of token: String) -> Int? {
    list.id(of: token).map(Int.init)
  }

  /// The token of an id, as the files write it; nil where there is none.
  package func token(_ id: Int) -> String? {
    UInt32(exactly: id).flatMap { addedNames[$0] } ?? model.pieces.token(id)
  }

  // MARK: Texts

  /// The ids of a text.
  ///
  /// - Parameter isFramed: whether the tokens that belong around every text are put there.
  package func ids(of text: String, isFramed: Bool = true) -> [Int] {
    let ids = plainIDs(of: text)
    return (isFramed ? template.before + ids + template.after : ids).map(Int.init)
  }

  /// The ids of several texts, cut and filled up to rows of one length.
  ///
  /// - Throws: `TokenizerError.noPadding`, `noRoom` or `ragged`.
  package func batch(_ texts: [String], _ layout: TokenLayout) throws(TokenizerError) -> TokenBatch
  {
    var room = Int.max
    if let maximum = layout.maximum, layout.truncates {
      guard maximum >= template.count else {
        throw .noRoom(maximum: maximum, needed: template.count)
      }
      room = maximum - template.count
    }
    let side = layout.truncationSide ?? truncationSide
    let rows = texts.map { text in
      let ids = plainIDs(of: text)
      let kept = side == .right ? ids.prefix(room) : ids.suffix(room)
      return template.before + kept + template.after
    }
    guard let paddingID else { throw .noPadding(folder: folder) }
    let longest = rows.map(\.count).max() ?? 0
    let least = layout.padding == .maximum ? layout.maximum ?? 0 : 0
    guard longest <= least || layout.padding == .longest || rows.allSatisfy({ $0.count == longest })
    else {
      throw .ragged(maximum: least, longest: longest)
    }
    return TokenBatch(
      rows, columnCount: max(longest, least), padding: UInt32(paddingID), layout.paddingSide)
  }

  private func plainIDs(of text: String) -> [UInt32] {
    // By bytes: texts that differ in composition alone are equal to Swift.
    let key = Array(text.utf8)
    if let ids = known.value.withLock({ $0[key] }) { return ids }
    let ids = freshIDs(of: text)
    known.value.withLock { known in
      if known.count >= Self.knownLimit { known.removeAll() }
      known[key] = ids
    }
    return ids
  }

  private func freshIDs(of text: String) -> [UInt32] {
    added.cut(Array(text.unicodeScalars)).flatMap { part -> [UInt32] in
      switch part {
      case .token(let id): [id]
      case .text(let text): (splitter?.split(text) ?? [text]).flatMap(model.ids)
      }
    }
  }
}
