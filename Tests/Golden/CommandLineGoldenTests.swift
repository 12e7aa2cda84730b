import Foundation
import LeRobotCore
import OrderedCollections
import Support
import Testing

/// Every command line whose meaning LeRobot's parser was asked for (`shared/peer/cli_grammar.py`).
@Suite struct CommandLineGoldenTests {
  static let file = RepositoryFiles.shared.appending(path: "parity/cli_grammar.jsonl")

  /// Lines LeRobot refuses with status 1 that are accepted here, because the same value is accepted
  /// without `--config_path`, in the YAML dialect (Quirks.md, Q-CONFIG-1).
  static let acceptedHere: Set = [
    "json/bool=True", "json/bool=False", "json/bool=no", "json/bool=on", "json/bool=off",
    "json/int=0b101", "json/float=.inf", "json/list[int]=- 1", "json/dict[str,str]={a: b}",
    "json/dict[str,str]=[[a, b]]", "json/dict[str,str]={a: null}", "json/dict[str,str]={a: 1}",
    "json/option --dataset={repo_id: x/y}",
  ]

  @Test(.enabled(if: RepositoryFiles.hasShared("parity/cli_grammar.jsonl")))
  func commandLinesMeanWhatTheyMeanToLeRobot() throws {
    let lines = try RepositoryFiles.lines(Self.file).map { try JSONValue(parsing: $0) }
    let base = try #require(lines.first?["config_file"])
    let machine = ConfigMachine.forTests(files: ["/run/config.json": base.pythonText()])
    for entry in lines.dropFirst() {
      check(entry, machine)
    }
  }

  private func check(_ entry: JSONValue, _ machine: ConfigMachine) {
    let name = entry["name"]?.stringValue ?? ""
    let arguments = (entry["arguments"]?.arrayValue ?? []).map {
      ($0.stringValue ?? "").replacing("{config}", with: "/run/config.json")
    }
    let status = entry["exit"]?.intValue ?? -1
    let expected = status == 0 ? entry["validated"] : entry
    do {
      let loaded = try ConfigLoader.load(arguments: arguments, machine: machine)
      let accepted = Self.acceptedHere.contains(name)
      #expect(expected?["exit"] == 0 || accepted, "\(name): accepted \(arguments)")
      guard let config = expected?["config"], !config.isNull, !accepted else { return }
      let written = loaded.config.json.pythonText()
        .replacing("2026-11-21/15-09-06", with: "{date}")
      #expect(written == config.pythonText(), "\(name)")
    } catch {
      let expectedStatus = expected?["exit"]?.intValue
      #expect(
        error.exitStatus == expectedStatus.map(Int32.init), "\(name) \(arguments): \(error)")
    }
  }
}
