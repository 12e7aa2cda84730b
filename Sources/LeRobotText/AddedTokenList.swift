/// Collects added tokens as the `tokenizers` library and transformers do, which give each an id
/// (`AddedVocabulary::add_tokens`; `tokenization_utils_fast.py`).
struct AddedTokenList: Sendable {
  private let pieces: PieceTable
  private(set) var tokens: [(AddedToken, id: UInt32)] = []
  /// By the bytes of the content, the index in `tokens`.
  private var indices: [[UInt8]: Int] = [:]
  private var greatest: UInt32?

  init(_ pieces: PieceTable) {
    self.pieces = pieces
  }

  /// The id of an added token or of one of the vocabulary.
  func id(of content: String) -> UInt32? {
    indices[Array(content.utf8)].map { tokens[$0].id } ?? pieces.id(of: content)
  }

  /// Whether a token was added.
  func holds(_ content: String) -> Bool { indices[Array(content.utf8)] != nil }

  /// Adds a token, or gives the one of the same content its flags.
  ///
  /// - Parameter id: as its file says; nil takes what the library gives.
  /// - Throws: `TokenizerError.wrongID` where the library gives another one.
  mutating func add(_ token: AddedToken, id: Int?, file: String) throws(TokenizerError) {
    let key = Array(token.content.utf8)
    if let index = indices[key], tokens[index].0 == token { return }
    if token.content.isEmpty { return }
    let given = self.id(of: token.content) ?? nextID
    if let id, id != Int(given) {
      throw .wrongID(file: file, token: token.content, found: id, expected: Int(given))
    }
    if let index = indices[key] {
      tokens[index].0 = token
      return
    }
    indices[key] = tokens.count
    tokens.append((token, given))
    greatest = max(greatest ?? given, given)
  }

  private var nextID: UInt32 {
    let count = UInt32(pieces.count)
    return greatest.map { $0 >= count || count == 0 ? $0 + 1 : count } ?? count
  }
}
