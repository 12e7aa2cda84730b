import Foundation
import LeRobotCore
import OrderedCollections

/// What TensorBoard's page of texts says of a run, in Markdown.
enum RunTexts {
  /// Tags with their texts.
  static func all(_ description: RunDescription) -> [(tag: String, markdown: String)] {
    [
      ("run/configuration", configuration(description.settings)),
      ("run/command", commands(description.processes)),
      ("run/data_and_policy", table(["", ""], facts(description))),
      ("run/machine", table(["", ""], machine(description.machine))),
      ("run/versions", table(["", ""], description.versions.map { [$0.key, $0.value] })),
    ].filter { !$0.markdown.isEmpty }
  }

  private static func configuration(_ settings: [ConfigSetting]) -> String {
    table(
      ["option", "value", "origin"],
      settings.map { [$0.option, $0.value.pythonText(), $0.origin] })
  }

  /// A row for each process that trained the run.
  private static func commands(_ processes: [RunProcess]) -> String {
    table(
      ["began", "after step", "command"],
      processes.map { process in
        let date = Date(timeIntervalSince1970: process.began)
        return [
          date.formatted(.iso8601), "\(process.firstStep)",
          process.command.map(\.shellQuoted).joined(separator: " "),
        ]
      })
  }

  private static func facts(_ description: RunDescription) -> [[String]] {
    [
      ["policy", description.policy], ["dataset", description.dataset],
      ["frames", "\(description.frameCount)"], ["episodes", "\(description.episodeCount)"],
      ["parameters", "\(description.parameterCount)"],
      ["parameters that are trained", "\(description.learnableCount)"],
      ["steps", "\(description.steps)"],
      ["samples of a process in a step", "\(description.batchSize)"],
      ["processes that train together", "\(description.worldSize)"],
    ]
  }

  private static func machine(_ machine: MachineDescription) -> [[String]] {
    [
      ["host", machine.host], ["system", machine.system], ["processor", machine.processor],
      ["threads", "\(machine.threads)"], ["memory in GiB", "\(machine.memory / 1_073_741_824)"],
      ["device", machine.device],
    ]
  }

  // MARK: - Markdown

  /// - Returns: nothing where there are no rows.
  private static func table(_ titles: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let line = { (cells: [String]) in "| " + cells.joined(separator: " | ") + " |" }
    let head = [line(titles), line(titles.map { _ in "---" })]
    return (head + rows.map { line($0.map(escaped)) }).joined(separator: "\n")
  }

  /// A text that Markdown and HTML show as it is, in one line.
  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\\", "`", "*", "_", "[", "]", "|": result += "\\\(character)"
      case let space where space.isNewline: result += " "
      default: result.append(character)
      }
    }
  }
}
