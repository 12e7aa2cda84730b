import Foundation
import LeRobotCore
import Support
import Testing

/// JSON texts against Python's json module (`Fixtures/generate/json_text.py`).
@Suite struct JSONGoldenTests {
  static let cases: [JSONValue] = {
    let file = RepositoryFiles.fixtures.appending(path: "config/json_text.jsonl")
    return ((try? RepositoryFiles.lines(file)) ?? []).compactMap { try? JSONValue(parsing: $0) }
  }()

  @Test func fixtureIsThere() {
    #expect(Self.cases.count > 60)
  }

  @Test func textsAreWrittenAsPythonWritesThem() throws {
    for entry in Self.cases where entry["error"] == nil {
      let input = try #require(entry["input"]?.stringValue)
      let value = try JSONValue(parsing: input)
      #expect(value.pythonText() == entry["value"]?.stringValue, "\(input)")
      #expect(value.pythonText(indent: 4) == entry["indent4"]?.stringValue, "\(input)")
      #expect(value.pythonText(indent: 2) == entry["indent2"]?.stringValue, "\(input)")
    }
  }

  @Test func textsPythonRefusesAreRefused() throws {
    for entry in Self.cases where entry["error"] != nil {
      let input = try #require(entry["input"]?.stringValue)
      #expect(throws: JSONError.self, "\(input)") { try JSONValue(parsing: input) }
    }
  }

  @Test(arguments: [
    ("{\n  \"a\": tru\n}", #"line 2, column 8: expected a value, found "t""#),
    ("[1, 2", #"line 1, column 6: expected "," or "]", but the text ends here"#),
    ("1 2", "line 1, column 3: the value ends before this; remove what follows"),
    (
      #""a\x""#,
      #"line 1, column 3: invalid escape in a string; a backslash itself is written \\"#
    ),
    (
      "\"a\tb\"",
      #"line 1, column 3: a control character inside a string; write it as \n, \t or \u00XX"#
    ),
    (
      String(repeating: "[", count: 201),
      "line 1, column 201: nested more than 200 levels deep; flatten it"
    ),
  ])
  func errorsSayWhere(text: String, message: String) {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error?.description == message)
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    let error = #expect(throws: JSONError.self) {
      try JSONValue(parsing: Data([0x22, 0xFF, 0x22]))
    }
    #expect(
      error?.description == "line 1, column 4: the text is not UTF-8; save it as UTF-8")
  }
}
