import Foundation
import LeRobotCore
import LeRobotText

/// Tokenizers under `Fixtures/text`, and copies of them with changes.
package enum TokenizerFixture {
  /// The three kinds that policies use.
  package static let kinds = ["smolvlm", "gemma", "qwen"]
  /// Those with the parts that the three leave out.
  package static let odd = [
    "flags", "overruled", "split_contiguous", "split_next", "split_previous", "split_removed",
    "unknown_apart", "unknown_fused",
  ].map { "odd/\($0)" }

  package static func folder(_ name: String) -> String {
    RepositoryFiles.fixtures.appending(path: "text/\(name)").path
  }

  package static func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer(folder: folder(name))
  }

  /// Copies a tokenizer's files.
  package static func copy(_ name: String, into target: TemporaryFolder) throws {
    for file in try FileSystem.list(folder(name)) where file != "tokens.jsonl" {
      _ = try target.write(TextFile.bytes("\(folder(name))/\(file)"), to: file)
    }
  }

  /// Changes a JSON file of a copy: `changes` as in `JSONValue.applying`.
  package static func change(
    _ file: String, of folder: TemporaryFolder, _ changes: JSONValue
  ) throws {
    let value = try JSONValue(parsing: TextFile.read(folder.file(file)))
    _ = try folder.write(Array(value.applying(changes).pythonText().utf8), to: file)
  }

  /// Texts of a golden.
  package static func texts(_ name: String) throws -> [String] {
    let file = RepositoryFiles.fixtures.appending(path: "text/\(name)/tokens.jsonl")
    return try RepositoryFiles.lines(file).compactMap {
      try JSONValue(parsing: $0)["text"]?.stringValue
    }
  }
}
