import Foundation
import LeRobotCore
import OrderedCollections
import Support
import Testing

/// Command lines whose meaning LeRobot's own parser was asked for: those of the repository
/// (`Fixtures/generate/config`) and, where it is there, the shared record.
@Suite struct CommandLineGoldenTests {
  /// One line of `command_lines.jsonl`, with the short names written out.
  struct Line {
    var arguments: [String]
    var answer: JSONValue
    var yaml: JSONValue?
  }

  struct Record {
    var machine: ConfigMachine
    var bases: JSONValue
    var lines: [Line]
  }

  static func record() throws -> Record {
    let file = RepositoryFiles.fixtures.appending(path: "config/command_lines.jsonl")
    let entries = try RepositoryFiles.lines(file).map { try JSONValue(parsing: placed($0)) }
    let header = try #require(entries.first)
    var files: [String: String] = [:]
    for (name, text) in header["files"]?.objectValue ?? [:] {
      files["/files/\(name)"] = text.stringValue
    }
    for (name, base) in header["bases"]?.objectValue ?? [:] {
      files["/files/\(name)/config.json"] = base["policy"]?.pythonText(indent: 4)
    }
    let lines = entries.dropFirst().map { entry in
      let arguments = (entry["line"]?.arrayValue ?? []).flatMap { argument in
        header["arguments"]?[argument.stringValue ?? ""]?.arrayValue ?? [argument]
      }
      return Line(
        arguments: arguments.compactMap(\.stringValue), answer: entry, yaml: entry["yaml"])
    }
    return Record(
      machine: .forTests(files: files), bases: try #require(header["bases"]), lines: lines)
  }

  static func placed(_ text: String) -> String {
    text.replacing("{root}", with: "/files").replacing("{date}", with: "2026-11-21/15-09-06")
  }

  @Test func commandLinesMeanWhatTheyMeanToLeRobot() throws {
    let record = try Self.record()
    #expect(record.lines.count > 500)
    for line in record.lines {
      check(line, record)
    }
  }

  private func check(_ line: Line, _ record: Record) {
    var answer = line.answer
    let status: Int
    do {
      let loaded = try ConfigLoader.load(arguments: line.arguments, machine: record.machine)
      // Where LeRobot refuses a value beside a file, the other dialect's answer counts
      // (Quirks.md, Q-CONFIG-1).
      if answer["exit"] == 1, let yaml = line.yaml { answer = yaml }
      status = 0
      #expect(answer["exit"] == 0, "accepted: \(line.arguments), LeRobot: \(answer.pythonText())")
      compare(loaded.config, answer, record.bases, line)
    } catch {
      status = Int(error.exitStatus)
      // A mapping of no feature type, which LeRobot takes (Quirks.md, Q-CONFIG-15).
      let isRefusedHere = error.description.contains("no feature type is called")
      #expect(
        answer["exit"] == .int(status) || isRefusedHere,
        "\(line.arguments): \(error), LeRobot: \(answer.pythonText())")
    }
  }

  private func compare(
    _ config: TrainPipelineConfig, _ answer: JSONValue, _ bases: JSONValue, _ line: Line
  ) {
    guard let base = answer["base"]?.stringValue, var expected = bases[base] else { return }
    expected = expected.applying(answer["changes"])
    let (ours, theirs) = (config.json.sortedText, expected.sortedText)
    #expect(ours == theirs, "\(line.arguments): \(ours.difference(to: theirs))")
  }

  /// Lines LeRobot refuses with status 1 that are accepted here, because the same value is accepted
  /// without `--config_path`, in the YAML dialect (Quirks.md, Q-CONFIG-1).
  static let acceptedHere: Set = [
    "json/bool=True", "json/bool=False", "json/bool=no", "json/bool=on", "json/bool=off",
    "json/int=0b101", "json/float=.inf", "json/list[int]=- 1", "json/dict[str,str]={a: b}",
    "json/dict[str,str]=[[a, b]]", "json/dict[str,str]={a: null}", "json/dict[str,str]={a: 1}",
    "json/option --dataset={repo_id: x/y}",
  ]

  @Test(.enabled(if: RepositoryFiles.hasShared("parity/cli_grammar.jsonl")))
  func sharedCommandLinesMeanWhatTheyMeanToLeRobot() throws {
    let file = RepositoryFiles.shared.appending(path: "parity/cli_grammar.jsonl")
    let entries = try RepositoryFiles.lines(file).map { try JSONValue(parsing: $0) }
    let base = try #require(entries.first?["config_file"])
    let machine = ConfigMachine.forTests(files: ["/files/config.json": base.pythonText()])
    for entry in entries.dropFirst() {
      let name = entry["name"]?.stringValue ?? ""
      let arguments = (entry["arguments"]?.arrayValue ?? []).compactMap {
        $0.stringValue?.replacing("{config}", with: "/files/config.json")
      }
      let expected = entry["exit"] == 0 ? entry["validated"] : entry
      let isAccepted = Self.acceptedHere.contains(name)
      do {
        let loaded = try ConfigLoader.load(arguments: arguments, machine: machine)
        #expect((expected?["exit"] == 0) != isAccepted, "\(name): \(arguments)")
        guard !isAccepted else { continue }
        checkDecoded(entry, arguments, machine)
        let written = loaded.config.json.pythonText()
        #expect(written == Self.placed(expected?["config"]?.pythonText() ?? ""), "\(name)")
      } catch {
        if entry["exit"] == 0 { checkDecoded(entry, arguments, machine) }
        #expect(
          !isAccepted && expected?["exit"] == .int(Int(error.exitStatus)), "\(name): \(error)")
      }
    }
  }

  /// What the parser alone makes of the line, before `validate`.
  private func checkDecoded(_ entry: JSONValue, _ arguments: [String], _ machine: ConfigMachine) {
    let decoded = try? ConfigLoader.decoded(arguments: arguments, machine: machine)
    #expect(
      decoded?.json.pythonText() == entry["config"]?.pythonText(),
      "\(entry["name"]?.stringValue ?? "")")
  }

  @Test func filesAreWrittenAsLeRobotWritesThem() throws {
    let file = RepositoryFiles.fixtures.appending(path: "config/files.jsonl")
    for entry in try RepositoryFiles.lines(file).map({ try JSONValue(parsing: $0) }) {
      let arguments = (entry["line"]?.arrayValue ?? []).compactMap(\.stringValue)
      let loaded = try ConfigLoader.load(arguments: arguments, machine: .forTests())
      let written = loaded.config.json.pythonText(indent: 4)
      // The job is named after the policy; the recorded folder is the same for all.
      let theirs = entry["train_config"]?.stringValue?
        .replacing("{date}_act", with: "{date}_\(loaded.config.policy?.type ?? "")")
      #expect(written == theirs.map(Self.placed))
      #expect(
        loaded.config.policy?.json.pythonText(indent: 4) == entry["config"]?.stringValue)
    }
  }
}
