import Foundation
import LeRobotEnvs

/// What an evaluation came to, as a table: a row for each task, each suite of several tasks, and all of
/// them, with a 95 % interval beside the success rate.
package struct EvaluationTable {
  private let report: EvaluationReport
  private let file: String
  /// Episodes that were asked for.
  private let episodeCount: Int

  /// Whether all of these are in it; else the evaluation was stopped.
  package var isWhole: Bool { report.isWhole }

  init(_ report: EvaluationReport, file: String, episodeCount: Int) {
    self.report = report
    self.file = file
    self.episodeCount = episodeCount
  }

  /// Lines of text, the last ones naming the files.
  package var text: String {
    let header = [
      "task", "episodes", "success", "95 % interval", "sum of rewards", "largest reward",
    ]
    let rows = [header] + groups.map { Self.row($0.name, $0.episodes) }
    let widths = header.indices.map { column in rows.map(\.[column].count).max() ?? 0 }
    let table = rows.map { row in
      zip(row, widths).enumerated().map { index, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return index == 0 ? cell.0 + padding : padding + cell.0
      }.joined(separator: "  ")
    }
    let done = report.tasks.reduce(0) { $0 + $1.episodes.count }
    let what = isWhole ? "Every episode" : "Stopped after \(done) of \(episodeCount) episodes"
    let count = report.tasks.reduce(0) { $0 + $1.films.count }
    let video = report.bestVideo.map { NextSteps.video($0, among: count) }
    return (table + ["\(what): \(file)", video].compactMap(\.self)).joined(separator: "\n")
  }

  private var groups: [(name: String, episodes: [EpisodeResult])] {
    var rows = report.tasks.map { (name: "\($0.group)_\($0.id)", episodes: $0.episodes) }
    let suites = Dictionary(grouping: report.tasks, by: \.group)
    if suites.count > 1 {
      for name in suites.keys.sorted() {
        rows.append((name, (suites[name] ?? []).flatMap(\.episodes)))
      }
    }
    if report.tasks.count > 1 { rows.append(("all", report.tasks.flatMap(\.episodes))) }
    return rows
  }

  private static func row(_ name: String, _ episodes: [EpisodeResult]) -> [String] {
    let rate = SuccessRate(successes: episodes.count(where: \.isSuccess), of: episodes.count)
    func mean(_ value: (EpisodeResult) -> Double) -> String {
      String(format: "%.3f", episodes.map(value).reduce(0, +) / Double(max(1, episodes.count)))
    }
    return [
      name, "\(episodes.count)", String(format: "%.1f %%", 100 * rate.rate),
      String(format: "%.1f to %.1f %%", 100 * rate.interval.lower, 100 * rate.interval.upper),
      mean(\.sumReward), mean(\.maximumReward),
    ]
  }
}

/// How often episodes succeeded, and how well that is known.
package struct SuccessRate {
  /// Of all episodes, 0 to 1.
  package let rate: Double
  /// Where the true rate lies with 95 % confidence.
  package let interval: (lower: Double, upper: Double)

  /// [success-interval]  (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), z the normal distribution's
  /// 97.5 % quantile. E. B. Wilson, *Probable Inference*, J. Am. Stat. Assoc. 22 (1927).
  ///
  /// - Parameter count: episodes; of none nothing is known.
  package init(successes: Int, of count: Int) {
    guard count > 0 else {
      (rate, interval) = (.nan, (0, 1))
      return
    }
    let (p, n, z) = (Double(successes) / Double(count), Double(count), 1.959963984540054)
    let middle = p + z * z / (2 * n)
    let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    rate = p
    interval = (max(0, (middle - spread) / scale), min(1, (middle + spread) / scale))
  }
}
