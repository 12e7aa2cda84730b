import Foundation
import LeRobotCore
import LeRobotText
import Support
import Testing

/// What holds of every text and every layout.
struct TokenizerPropertyTests {
  /// The bytes that tokens stand for: those of the byte alphabet, added tokens as they are.
  private func decoded(_ ids: [Int], _ tokenizer: Tokenizer) throws -> [UInt8] {
    try ids.flatMap { id in
      let token = try #require(tokenizer.token(id))
      return ByteAlphabet.decode(token) ?? Array(token.utf8)
    }
  }

  @Test func byteLevelIDsGiveTheTextBack() throws {
    let tokenizer = try TokenizerFixture.tokenizer("smolvlm")
    let texts = try TokenizerFixture.texts("smolvlm")
    for text in texts {
      #expect(try decoded(tokenizer.ids(of: text), tokenizer) == Array(text.utf8), "\(text)")
    }
    #expect(texts.count >= 500)
  }

  @Test func qwensIDsGiveTheComposedTextBack() throws {
    let tokenizer = try TokenizerFixture.tokenizer("qwen")
    for text in try TokenizerFixture.texts("qwen") {
      let bytes = try decoded(tokenizer.ids(of: text), tokenizer)
      // Equal to Swift: the same characters, composed or not.
      #expect(String(validating: bytes, as: UTF8.self) == text, "\(text)")
    }
  }

  @Test func gemmasIDsGiveTheTextBackWithABeginning() throws {
    let tokenizer = try TokenizerFixture.tokenizer("gemma")
    for text in try TokenizerFixture.texts("gemma") {
      let ids = tokenizer.ids(of: text)
      #expect(ids.first == tokenizer.id(of: "<bos>"))
      let bytes = try ids.dropFirst().flatMap { id -> [UInt8] in
        let token = try #require(tokenizer.token(id))
        guard let byte = token.wholeMatch(of: /<0x(..)>/).flatMap({ UInt8($0.1, radix: 16) }) else {
          return Array(token.utf8)
        }
        return [byte]
      }
      // By scalars: a blank with a mark on it is another character.
      let blanks = text.unicodeScalars.map { $0 == " " ? "▁" : $0 }
      let expected = String(String.UnicodeScalarView(blanks))
      #expect(bytes.elementsEqual(expected.utf8), "\(text)")
    }
  }

  @Test(arguments: TokenizerFixture.kinds)
  func rowsAreCutAndFilledUpAsTheLayoutSays(kind: String) throws {
    let tokenizer = try TokenizerFixture.tokenizer(kind)
    let texts = Array(try TokenizerFixture.texts(kind).prefix(200))
    for maximum in [1, 2, 7, 48, 300] {
      for side in TextSide.allCases {
        for padding in [TokenLayout.Padding.longest, .maximum] {
          let layout = TokenLayout(
            maximum: maximum, padding: padding, paddingSide: side, truncationSide: side)
          let batch = try tokenizer.batch(texts, layout)
          try check(batch, texts, layout, tokenizer)
        }
      }
    }
  }

  private func check(
    _ batch: TokenBatch, _ texts: [String], _ layout: TokenLayout, _ tokenizer: Tokenizer
  ) throws {
    let maximum = try #require(layout.maximum)
    let (columns, padding) = (batch.columnCount, try #require(tokenizer.paddingID))
    #expect(batch.ids.count == batch.rowCount * columns && batch.mask.count == batch.ids.count)
    #expect(layout.padding == .longest ? columns <= maximum : columns == maximum)
    var longest = 0
    for (row, text) in texts.enumerated() {
      let range = row * columns..<(row + 1) * columns
      let (ids, mask) = (batch.ids[range].map(Int.init), Array(batch.mask[range]))
      let own = tokenizer.ids(of: text)
      let kept = zip(ids, mask).filter(\.1).map(\.0)
      #expect(kept.count == min(own.count, maximum))
      #expect(own.count > maximum || kept == own)
      #expect(zip(ids, mask).allSatisfy { $1 || $0 == padding })
      // All padding is on one side.
      let changes = zip(mask, mask.dropFirst()).filter { $0 != $1 }.map(\.0)
      #expect(changes.isEmpty || changes == [layout.paddingSide == .right])
      longest = max(longest, kept.count)
    }
    #expect(layout.padding == .maximum || columns == longest)
  }

  @Test func whatDoesNotFitALayoutIsRefused() throws {
    let tokenizer = try TokenizerFixture.tokenizer("odd/flags")
    #expect(throws: TokenizerError.noRoom(maximum: 1, needed: 2)) {
      try tokenizer.batch(["a"], TokenLayout(maximum: 1, padding: .longest))
    }
    let layout = TokenLayout(maximum: 4, truncates: false, padding: .maximum)
    #expect(throws: TokenizerError.ragged(maximum: 4, longest: 5)) {
      try tokenizer.batch(["blzl", "a"], layout)
    }
    // Rows that are equal anyway need no maximum.
    #expect(try tokenizer.batch(["blzl", "blzl"], layout).columnCount == 5)
    #expect(try tokenizer.batch([], layout).ids.isEmpty)
  }

  @Test func textsThatDifferInCompositionAloneKeepTheirOwnIDs() throws {
    let tokenizer = try TokenizerFixture.tokenizer("smolvlm")
    let (apart, composed) = ("de\u{301}ja\u{300}", "d\u{e9}j\u{e0}")
    #expect(apart == composed)
    let first = tokenizer.ids(of: apart)
    #expect(tokenizer.ids(of: composed) != first)
    #expect(tokenizer.ids(of: apart) == first)
  }

  @Test func aTextOfOneMillionCharactersTakesNoTimeToSpeakOf() throws {
    let tokenizer = try TokenizerFixture.tokenizer("gemma")
    let text = String(repeating: "the red cube  ", count: 1 << 16)
    let start = ContinuousClock.now
    let ids = tokenizer.ids(of: text)
    // Quadratic merges would take hours.
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(ids.count > 1 << 16)
  }
}
