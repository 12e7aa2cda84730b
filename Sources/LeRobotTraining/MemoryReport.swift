import Foundation
import LeRobotCore
import LeRobotData

/// What a run will take of memory beside what there is, for policies that can tell before they are built.
package struct MemoryReport: Sendable {
  /// The run's own way to train first.
  let choices: [MemoryChoice]
  /// Bytes that there are; nil where nobody says.
  let available: Int?
  /// Whether those are of a machine that was named, not of this one.
  let isNamed: Bool
  private let batchSize: Int

  /// - Returns: nil for a policy that cannot tell.
  package init?(_ policy: PolicyConfig, _ request: RunRequest) {
    let config = request.config
    choices = policy.value.memoryChoices(
      MemoryQuestion(
        batchSize: config.batchSize, momentCount: request.optimizer.momentCount))
    guard !choices.isEmpty else { return nil }
    let named = request.options.program.memory.flatMap(ByteCount.init)?.bytes
    isNamed = named != nil
    // What a GPU has nobody knows before libtorch is loaded.
    let isOnGPU = policy.common.device?.hasPrefix("cuda") == true
    available = named ?? (isOnGPU ? nil : AvailableMemory().bytes)
    batchSize = config.batchSize
  }

  /// Whether the run's own way fits; true where nobody knows.
  var fits: Bool { choices.first.map(fits) ?? true }

  private func fits(_ choice: MemoryChoice) -> Bool {
    available.map { choice.forecast.peak <= $0 } ?? true
  }

  /// A table of all ways, with a sign before the run's own.
  var text: String {
    let names = choices.first.map { Array($0.fields.keys) } ?? []
    let head = names + ["weights", "gradients", "optimizer", "activations", "at most", ""]
    let rows = choices.map { choice in
      let parts = choice.forecast
      let bytes = [parts.weights, parts.gradients, parts.moments, parts.activations, parts.peak]
      return Array(choice.fields.values) + bytes.map(formatBytes)
        + [available == nil ? "" : fits(choice) ? "fits" : "does not fit"]
    }
    let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
    let lines = ([head] + rows).enumerated().map { number, row in
      let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
      let line = (number == 1 ? "* " : "  ") + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    return ([title] + lines).joined(separator: "\n")
  }

  private var title: String {
    let of = available.map { isNamed ? " in \(formatBytes($0))" : "; \(formatBytes($0)) are free" }
    return "memory forecast for batches of \(batchSize)\(of ?? ""); * is this run"
  }

  /// What to tell the user before a run that will not fit begins; nil where it fits.
  var warning: String? {
    guard let available, !fits, let need = choices.first?.forecast.peak else { return nil }
    return "the run will take \(formatBytes(need)) of memory, and \(formatBytes(available)) are "
      + "\(isNamed ? "there" : "free"); \(remedy)"
  }

  /// The way that trains most among those that fit.
  private var remedy: String {
    guard let choice = choices.first(where: fits), let own = choices.first else {
      return "give a smaller --batch_size, or train on a larger machine"
    }
    let changed = choice.fields.filter { own.fields[$0.key] != $0.value }
    return "this fits: "
      + changed.map { "--policy.\($0.key)=\($0.value)" }.joined(separator: " ")
  }
}
