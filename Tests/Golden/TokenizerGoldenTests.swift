import Foundation
import LeRobotCore
import LeRobotText
import Support
import Testing

/// Ids of texts against transformers', as `Fixtures/generate/text/tokens.py` recorded them.
struct TokenizerGoldenTests {
  private struct Golden {
    var texts: [JSONValue] = []
    var batches: [JSONValue] = []

    init(_ name: String) throws {
      let file = RepositoryFiles.fixtures.appending(path: "text/\(name)/tokens.jsonl")
      for line in try RepositoryFiles.lines(file) {
        let value = try JSONValue(parsing: line)
        if value["text"] == nil { batches.append(value) } else { texts.append(value) }
      }
    }
  }

  @Test(arguments: TokenizerFixture.kinds + TokenizerFixture.odd)
  func idsEqualTransformers(name: String) throws {
    let golden = try Golden(name)
    #expect(golden.texts.count >= (name.hasPrefix("odd/") ? 120 : 500))
    let tokenizer = try TokenizerFixture.tokenizer(name)
    for entry in golden.texts {
      let text = try #require(entry["text"]?.stringValue)
      let ids = entry["ids"]?.arrayValue?.compactMap(\.intValue)
      #expect(tokenizer.ids(of: text) == ids, "\(text.debugDescription)")
    }
  }

  @Test(arguments: TokenizerFixture.kinds + TokenizerFixture.odd)
  func batchesEqualTransformers(name: String) throws {
    let golden = try Golden(name)
    #expect(golden.batches.count >= (name.hasPrefix("odd/") ? 12 : 50))
    let tokenizer = try TokenizerFixture.tokenizer(name)
    for entry in golden.batches {
      let texts = entry["texts"]?.arrayValue?.compactMap(\.stringValue) ?? []
      let side = entry["padding_side"]?.stringValue.flatMap(TextSide.init)
      let layout = TokenLayout(
        maximum: entry["max_length"]?.intValue,
        padding: entry["padding"] == "longest" ? .longest : .maximum,
        paddingSide: try #require(side),
        truncationSide: entry["truncation_side"]?.stringValue.flatMap(TextSide.init))
      let batch = try tokenizer.batch(texts, layout)
      let rows = try #require(entry["ids"]?.arrayValue)
      #expect(batch.rowCount == texts.count && batch.columnCount == rows[0].arrayValue?.count)
      let ids = rows.flatMap { $0.arrayValue ?? [] }.compactMap(\.intValue)
      #expect(batch.ids.map(Int.init) == ids, "\(entry.pythonText())")
      let mask = entry["mask"]?.arrayValue?.flatMap { $0.arrayValue ?? [] }.map { $0 == 1 }
      #expect(batch.mask == mask, "\(entry.pythonText())")
    }
  }

  @Test func sidesAreThoseOfTheFiles() throws {
    let sides = try ["smolvlm", "gemma", "odd/flags", "odd/overruled"].map {
      let tokenizer = try TokenizerFixture.tokenizer($0)
      return [tokenizer.truncationSide, tokenizer.paddingSide]
    }
    #expect(sides == [[.left, .right], [.right, .right], [.left, .left], [.right, .left]])
  }
}
