import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub
import LeRobotText
import Support
import Testing

/// Files of tokenizers that are damaged, that ask for something unknown, or that lie elsewhere.
struct TokenizerFilePropertyTests {
  private static let chunks = 0..<Effort.count(2, of: 10)

  @Test(arguments: chunks)
  func damagedTokenizersAreReadOrRefused(chunk: Int) throws {
    var mutator = ByteMutator(seed: 900 + UInt64(chunk))
    let names = ["odd/flags", "odd/overruled", "odd/unknown_fused", "qwen"]
    let folders = try names.map { name in
      let folder = try TemporaryFolder()
      try TokenizerFixture.copy(name, into: folder)
      return folder
    }
    var refused = 0
    for index in 0..<200 {
      let folder = folders[index % folders.count]
      let files = try FileSystem.list(folder.path)
      let file = files[index / folders.count % files.count]
      let original = try TextFile.bytes(folder.file(file))
      // Mostly the settings, which stand before and behind a long vocabulary.
      let scope = index % 3 == 0 ? original.count : min(original.count, 1500)
      _ = try folder.write(mutator.damage(original, within: scope), to: file)
      do throws(TokenizerError) {
        let tokenizer = try Tokenizer(folder: folder.path)
        let ids = tokenizer.ids(of: "the red cube<r> é 12 🤖")
        #expect(ids.allSatisfy { $0 >= 0 })
      } catch {
        refused += 1
        let text = error.description
        #expect(
          !text.contains("\n") && text.contains(folder.path), "chunk \(chunk), \(index): \(text)")
      }
      _ = try folder.write(original, to: file)
    }
    #expect(refused > 80)
  }

  /// A change of a file, and what the error says of it.
  struct Fault: Sendable, CustomTestStringConvertible {
    var file = "tokenizer.json"
    var path: [String]
    var value: JSONValue?
    var says: String

    var testDescription: String { says }
  }

  static let faults: [Fault] = [
    Fault(path: ["model", "type"], value: "Unigram", says: #"model.type is "Unigram""#),
    Fault(path: ["model", "dropout"], value: 0.5, says: "model.dropout is 0.5"),
    Fault(path: ["model", "ignore_merges"], value: true, says: "model.ignore_merges is true"),
    Fault(path: ["model", "end_of_word_suffix"], value: "x", says: "model.end_of_word_suffix"),
    Fault(path: ["model", "future"], value: 1, says: "model.future is 1"),
    Fault(
      path: ["model", "unk_token"], value: "nope", says: #"model.unk_token: "nope" is not in"#),
    Fault(path: ["model", "vocab"], value: ["a": 0, "b": 0], says: #""b" and "a" both have"#),
    Fault(path: ["model", "vocab"], value: ["a": -1], says: #""a" has the id -1"#),
    Fault(path: ["model", "vocab"], value: ["a": 9_000_000], says: #""a" has the id 9000000"#),
    Fault(path: ["model", "vocab"], value: [:], says: "the vocabulary's first token is missing"),
    Fault(path: ["model", "vocab"], value: nil, says: "model.vocab is missing"),
    Fault(path: ["model", "vocab"], value: ["a": 0.5], says: "something else is expected at byte"),
    Fault(path: ["model", "merges"], value: ["a"], says: "merge 1 is not two tokens"),
    Fault(path: ["model", "merges"], value: ["a b c"], says: "merge 1 is not two tokens"),
    Fault(path: ["model", "merges"], value: [["a"]], says: "merge 1 is not two tokens"),
    Fault(path: ["model", "merges"], value: ["<pad> 好"], says: #"merge 1: "好" is not in the"#),
    Fault(path: ["model", "merges"], value: ["<pad> <unk>"], says: #""<pad><unk>" is not in the"#),
    Fault(path: ["model"], value: nil, says: "model is missing"),
    Fault(path: ["future"], value: 1, says: "future is 1"),
    Fault(path: ["normalizer"], value: ["type": "Lowercase"], says: #"type is "Lowercase""#),
    Fault(
      path: ["normalizer"],
      value: ["type": "Replace", "pattern": ["Regex": "a"], "content": "b"],
      says: #"normalizer.pattern.Regex is "a""#),
    Fault(path: ["normalizer"], value: 1, says: "normalizer is an integer, not a dictionary"),
    Fault(path: ["pre_tokenizer"], value: ["type": "Metaspace"], says: "pre_tokenizer.type"),
    Fault(
      path: ["pre_tokenizer"],
      value: [
        "type": "Split", "pattern": ["Regex": "a+"], "behavior": "Isolated", "invert": false,
      ],
      says: "pre_tokenizer.pattern is"),
    Fault(path: ["post_processor", "type"], value: "BertProcessing", says: "post_processor.type"),
    Fault(path: ["post_processor", "single"], value: [], says: "post_processor.single is []"),
    Fault(path: ["post_processor", "special_tokens"], value: [:], says: "special_tokens.<bos>"),
    Fault(path: ["added_tokens"], value: [["id": 0]], says: "added_tokens[0].content is missing"),
    Fault(
      path: ["added_tokens"], value: [["id": 7777, "content": "<z>"]],
      says: #"the added token "<z>" has the id 7777, the tokenizers library gives it"#),
    Fault(
      file: "tokenizer_config.json", path: ["tokenizer_class"], value: "BertTokenizer",
      says: #"tokenizer_class is "BertTokenizer""#),
    Fault(
      file: "tokenizer_config.json", path: ["tokenizer_class"], value: nil,
      says: "tokenizer_class is missing"),
    Fault(
      file: "tokenizer_config.json", path: ["split_special_tokens"], value: true,
      says: "split_special_tokens is true"),
    Fault(
      file: "tokenizer_config.json", path: ["truncation_side"], value: "top",
      says: #"truncation_side is "top""#),
  ]

  @Test(arguments: faults) func whatIsUnknownIsNamed(fault: Fault) throws {
    let folder = try TemporaryFolder()
    try TokenizerFixture.copy("odd/flags", into: folder)
    let path = JSONValue.array(fault.path.map { .string($0) })
    let change = JSONValue.array([path] + (fault.value.map { [$0] } ?? []))
    try TokenizerFixture.change(fault.file, of: folder, [change])
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: folder.path) }
    let text = try #require(error).description
    #expect(text.contains(fault.says), "\(text)")
    #expect(text.hasPrefix(folder.file(fault.file)) && !text.contains("\n"), "\(text)")
  }

  @Test(arguments: [
    ("{", "line 1, column 2"), ("", "line 1, column 1"), ("[]", "byte 1"),
    (#"{"model": {"vocab": {"a": 0, "a": 1}}}"#, #""a" stands twice"#),
    (#"{"model": {"vocab": {"a": 0}}, "model": {}}"#, #""model" stands twice"#),
    (#"{"model": {"vocab": {"\ud800": 0}}}"#, "invalid escape"),
    (#"{"model": {"vocab": {"a": 99999999999999999999}}}"#, "byte"),
    ("{\"a\": " + String(repeating: "[", count: 100_000), "200 levels"),
    ("{} {}", "line 1, column 4"),
  ])
  func textsThatAreNoTokenizerAreRefused(text: String, says: String) throws {
    let folder = try TemporaryFolder()
    try TokenizerFixture.copy("odd/flags", into: folder)
    _ = try folder.write(Array(text.utf8), to: "tokenizer.json")
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: folder.path) }
    #expect(error?.description.contains(says) == true, "\(String(describing: error))")
  }

  @Test func bytesThatAreNoTextAreRefused() throws {
    let folder = try TemporaryFolder()
    try TokenizerFixture.copy("qwen", into: folder)
    for (file, bytes) in [("merges.txt", [0x61, 0x20, 0xFF]), ("vocab.json", [0x22, 0xC0, 0x80])] {
      let original = try TextFile.bytes(folder.file(file))
      _ = try folder.write(bytes.map(UInt8.init), to: file)
      let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: folder.path) }
      #expect(error?.description.contains("is not UTF-8") == true)
      _ = try folder.write(original, to: file)
    }
  }

  // MARK: Where they are

  @Test func aFolderIsReadAgainWhenAFileHasChanged() throws {
    let folder = try TemporaryFolder()
    try TokenizerFixture.copy("smolvlm", into: folder)
    let store = TokenizerStore(TokenizerSource(CacheFolders([:]), NoRemoteFiles()))
    let first = try store.tokenizer(folder.path)
    #expect(try store.tokenizer(folder.path) === first)
    try TokenizerFixture.change(
      "tokenizer_config.json", of: folder, [[["truncation_side"], "right"]])
    let second = try store.tokenizer(folder.path)
    #expect(second !== first && second.truncationSide == .right)
  }

  @Test func theHubsCacheIsUsedWithoutTheHub() throws {
    let home = try TemporaryFolder()
    let commit = String(repeating: "a", count: 40)
    let repository = "hub/models--owner--name"
    _ = try home.write(Array(commit.utf8), to: "\(repository)/refs/main")
    for file in ["tokenizer.json", "tokenizer_config.json"] {
      let bytes = try TextFile.bytes("\(TokenizerFixture.folder("gemma"))/\(file)")
      _ = try home.write(bytes, to: "\(repository)/snapshots/\(commit)/\(file)")
    }
    let source = TokenizerSource(CacheFolders(["HF_HOME": home.path]), NoRemoteFiles())
    let folder = try source.folder("owner/name")
    #expect(folder.path == home.file("\(repository)/snapshots/\(commit)"))
    #expect(try Tokenizer(folder: folder.path).id(of: "<bos>") == 2)
  }

  @Test(arguments: ["gemma", "qwen", "odd/flags"])
  func whatIsMissingIsDownloaded(name: String) throws {
    let fixture = try HubFixture()
    try fixture.hub.addRepository(.model, "lab/words")
    _ = try fixture.hub.commit(
      folder: TokenizerFixture.folder(name), to: .model, "lab/words")
    let variables = fixture.variables()
    let source = TokenizerSource(CacheFolders(variables), Hub(variables))
    let tokenizer = try TokenizerStore(source).tokenizer("lab/words")
    let own = try TokenizerFixture.tokenizer(name)
    for text in try TokenizerFixture.texts(name).prefix(50) {
      #expect(tokenizer.ids(of: text) == own.ids(of: text))
    }
  }

  @Test(arguments: [
    ("google/paligemma-3b-pt-224", "`hf download google/paligemma-3b-pt-224`, or name a folder"),
    ("no/such/folder", "name a repository as OWNER/NAME, or a folder"),
    ("", "name a repository as OWNER/NAME, or a folder"),
  ])
  func whatIsNowhereHasARemedy(name: String, remedy: String) throws {
    let home = try TemporaryFolder()
    let source = TokenizerSource(CacheFolders(["HF_HOME": home.path]), NoRemoteFiles())
    let error = #expect(throws: TokenizerError.self) { try source.folder(name) }
    let text = try #require(error).description
    #expect(text.contains(remedy), "\(text)")
  }

  @Test func aFolderWithoutATokenizerSaysWhatIsNeeded() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Array("{}".utf8), to: "tokenizer_config.json")
    _ = try folder.write(Array("{}".utf8), to: "vocab.json")
    #expect(throws: TokenizerError.noTokenizer(folder: folder.path)) {
      try Tokenizer(folder: folder.path)
    }
  }
}
