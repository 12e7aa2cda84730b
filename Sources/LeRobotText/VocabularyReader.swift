import Foundation
import LeRobotCore

/// Reads a vocabulary and its merges from the bytes of a JSON file.
struct VocabularyReader {
  let problems: JSONProblems
  private(set) var pieces: PieceTable
  private(set) var merges: MergeTable
  /// Whether the vocabulary has been read.
  var isRead: Bool { pieces.count > 0 }
  private var file: String { problems.file }

  /// - Parameter byteCount: of the file, from which the number of tokens and merges is guessed.
  init(_ problems: JSONProblems, byteCount: Int) {
    self.problems = problems
    pieces = PieceTable(likelyCount: byteCount / 80)
    merges = MergeTable(likelyCount: byteCount / 40)
  }

  /// Reads `{"token": id, …}`.
  ///
  /// - Throws: `TokenizerError`.
  mutating func readVocabulary(_ scanner: inout JSONScanner) throws(TokenizerError) {
    guard !isRead else { throw .duplicate(file: file, token: "vocab") }
    var token: [UInt8] = []
    try scanner.members(&token, wrapping: problems.malformed) {
      [problems] (scanner, token) throws(TokenizerError) in
      let id = try problems.integer(&scanner)
      guard id >= 0, id < 1 << 31 else {
        throw .outOfRange(
          file: problems.file, token: Self.text(token), id: id, limit: 1 << 31)
      }
      if !pieces.add(token, id: UInt32(id)) {
        throw .duplicate(file: problems.file, token: Self.text(token))
      }
    }
    guard isRead else { throw .missingField(file: file, field: "the vocabulary's first token") }
    try pieces.indexIDs(file: file)
  }

  /// Reads `["left right", …]` or `[["left", "right"], …]`. The vocabulary has to be read before.
  ///
  /// - Throws: `TokenizerError`.
  mutating func readMerges(_ scanner: inout JSONScanner) throws(TokenizerError) {
    guard merges.results.isEmpty else { throw .duplicate(file: file, token: "merges") }
    var pair: [UInt8] = []
    var waiting = MergeBatch()
    try scanner.elements(wrapping: problems.malformed) {
      [problems] (scanner) throws(TokenizerError) in
      let middle: Int?
      if scanner.accept(UInt8(ascii: "[")) {
        middle = try problems.twoStrings(&scanner, into: &pair)
      } else {
        try problems.string(&scanner, into: &pair)
        middle = Self.takeBlank(out: &pair)
      }
      guard let middle else {
        let number = merges.results.count + waiting.count + 1
        throw .malformed(file: problems.file, reason: "merge \(number) is not two tokens")
      }
      waiting.add(pair, middle)
      if waiting.count == MergeBatch.size { try add(&waiting, file: problems.file) }
    }
    try add(&waiting, file: file)
  }

  /// Adds merges and empties the batch.
  private mutating func add(_ batch: inout MergeBatch, file: String) throws(TokenizerError) {
    let ids = pieces.ids(of: batch.text, batch.ranges)
    for start in stride(from: 0, to: ids.count, by: 3) {
      guard let left = ids[start], let right = ids[start + 1], let result = ids[start + 2] else {
        let pair = Array(batch.text[batch.ranges[start + 2]])
        throw unknownToken(in: pair, batch.ranges[start].count, file: file)
      }
      merges.add(left, right, result: result)
    }
    batch.removeAll()
  }

  /// Reads merges.txt: a line each, a comment with the version first. Of equal lines the first counts,
  /// as in transformers' readers.
  ///
  /// - Throws: `TokenizerError`.
  mutating func readMergeLines(_ bytes: [UInt8], file: String) throws(TokenizerError) {
    if let offset = firstInvalidUTF8(bytes) {
      throw .malformed(file: file, reason: "byte \(offset + 1) is not UTF-8")
    }
    let version = Array("#version:".utf8)
    var number = 0
    for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      number += 1
      if number == 1, line.starts(with: version) { continue }
      let parts = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
      if parts.isEmpty { continue }
      guard parts.count == 2 else {
        throw .malformed(
          file: file, reason: "merge \(number) is not two tokens with a blank between")
      }
      let pair = Array(parts[0] + parts[1])
      let middle = parts[0].count
      guard let left = pieces.id(of: pair, 0..<middle),
        let right = pieces.id(of: pair, middle..<pair.count), let result = pieces.id(of: pair)
      else {
        throw unknownToken(in: pair, middle, file: file)
      }
      if merges.rank(left, right) == nil { merges.add(left, right, result: result) }
    }
  }

  /// Takes the only blank out of a pair; where it was.
  private static func takeBlank(out pair: inout [UInt8]) -> Int? {
    guard let blank = pair.firstIndex(of: 0x20), !pair[(blank + 1)...].contains(0x20) else {
      return nil
    }
    pair.remove(at: blank)
    return blank
  }

  /// Says which of a merge's tokens, the result among them, is not in the vocabulary.
  private func unknownToken(in pair: [UInt8], _ middle: Int, file: String) -> TokenizerError {
    let parts = [0..<middle, middle..<pair.count].filter { pieces.id(of: pair, $0) == nil }
    let part = parts.first ?? pair.indices
    return .unknownToken(
      file: file, field: "merge \(merges.results.count + 1)", token: Self.text(Array(pair[part])))
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// Merges whose tokens are looked up together.
private struct MergeBatch {
  static let size = 64
  /// The pairs, one behind the other.
  private(set) var text: [UInt8] = []
  /// Of each, the left token, the right one and the one that results.
  private(set) var ranges: [Range<Int>] = []
  var count: Int { ranges.count / 3 }

  mutating func add(_ pair: [UInt8], _ middle: Int) {
    let start = text.count
    text.append(contentsOf: pair)
    ranges.append(start..<start + middle)
    ranges.append(start + middle..<text.count)
    ranges.append(start..<text.count)
  }

  mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
  }
}

/// Reads pieces of a JSON file, and says what is wrong with it.
struct JSONProblems {
  let file: String
  let bytes: [UInt8]

  /// - Throws: `TokenizerError.malformed` where the bytes are not UTF-8.
  init(file: String, _ bytes: [UInt8]) throws(TokenizerError) {
    (self.file, self.bytes) = (file, bytes)
    if let offset = firstInvalidUTF8(bytes) {
      throw .malformed(file: file, reason: "byte \(offset + 1) is not UTF-8")
    }
  }

  /// What is wrong with the file, in the words of the reader of all other JSON.
  func malformed(_ failure: JSONScanner.Failure) -> TokenizerError {
    do throws(JSONError) {
      _ = try JSONValue(parsing: Data(bytes))
    } catch {
      return .malformed(file: file, reason: "not JSON: \(error)")
    }
    return .malformed(
      file: file, reason: "something else is expected at byte \(failure.offset + 1)")
  }

  /// Reads a string into `text`, in place of what is there.
  func string(_ scanner: inout JSONScanner, into text: inout [UInt8]) throws(TokenizerError) {
    text.removeAll(keepingCapacity: true)
    do throws(JSONScanner.Failure) { try scanner.string(into: &text) } catch {
      throw malformed(error)
    }
  }

  /// Reads what is left of a list of two strings; where the second begins in `pair`, or nil where there
  /// are not two.
  func twoStrings(
    _ scanner: inout JSONScanner, into pair: inout [UInt8]
  ) throws(TokenizerError) -> Int? {
    try string(&scanner, into: &pair)
    let middle = pair.count
    guard scanner.accept(UInt8(ascii: ",")) else { return nil }
    do throws(JSONScanner.Failure) { try scanner.string(into: &pair) } catch {
      throw malformed(error)
    }
    return scanner.accept(UInt8(ascii: "]")) ? middle : nil
  }

  func integer(_ scanner: inout JSONScanner) throws(TokenizerError) -> Int {
    do throws(JSONScanner.Failure) { return try scanner.integer() } catch { throw malformed(error) }
  }

  /// Steps over a value.
  func value(_ scanner: inout JSONScanner) throws(TokenizerError) -> Range<Int> {
    do throws(JSONScanner.Failure) { return try scanner.value() } catch { throw malformed(error) }
  }

  /// Checks that nothing follows.
  func end(_ scanner: inout JSONScanner) throws(TokenizerError) {
    do throws(JSONScanner.Failure) { try scanner.end() } catch { throw malformed(error) }
  }
}
