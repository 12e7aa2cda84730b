import Foundation
import LeRobotCore

/// What evaluations came to, with their videos.
struct EvaluationSection {
  private let evaluations: [MetricsRecord]
  private let plots: [Plot]

  init(_ measures: RunMeasures, _ plots: [Plot]) {
    evaluations = measures.evaluations
    self.plots = plots
  }

  var markup: Markup {
    guard !evaluations.isEmpty else { return .nothing }
    return plots.figures + .element("div", ["class": "episodes"], table, video)
  }

  /// The latest video.
  private var video: Markup {
    guard let record = evaluations.last(where: { !$0.videos.isEmpty }),
      let path = record.videos.first
    else { return .nothing }
    let address = RelativeAddress(path).text
    return .element(
      "figure", ["class": "video", "id": "latest-video"],
      .element(
        "video",
        ["controls": "", "preload": "none", "src": address, "aria-label": "First episode"]),
      .element(
        "figcaption", [:],
        "First episode of the evaluation at step \(ReportNumber.count(record.step))"))
  }

  private var table: Markup {
    let hasVideos = evaluations.contains { !$0.videos.isEmpty }
    let columns =
      ["Step", "Success", "Mean sum of rewards", "Mean largest reward", "Episodes", "Time"]
      + (hasVideos ? ["Videos"] : [])
    let best = evaluations.compactMap { $0["pc_success"] }.filter(\.isFinite).max()
    let rows = evaluations.reversed().map { record in
      let isBest = best != nil && best! > 0 && record["pc_success"] == best
      let cells: [Markup] = [
        number(record["pc_success"], " %"), number(record["avg_sum_reward"]),
        number(record["avg_max_reward"]), number(record["n_episodes"]),
        Markup(record["eval_s"].map(ReportNumber.duration) ?? "–"),
      ]
      return Markup.row(
        Markup(ReportNumber.count(record.step)), cells + (hasVideos ? [links(record.videos)] : []),
        ["class": isBest ? "best" : nil])
    }
    return .element(
      "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Evaluations"],
      .table("numeric evaluations", caption: "Evaluations", columns: columns, rows: rows))
  }

  private func number(_ value: Double?, _ unit: String = "") -> Markup {
    Markup(value.map { ReportNumber.value($0) + unit } ?? "–")
  }

  private func links(_ videos: [String]) -> Markup {
    .joined(
      videos.enumerated().map { index, path in
        .element(
          "a", ["href": RelativeAddress(path).text, "title": path],
          Markup("\(index + 1)")) + " "
      })
  }
}

/// A file's path as an address that a page beside it leads to, and nowhere else.
struct RelativeAddress {
  let text: String

  /// - Parameter path: from the page's folder, or absolute.
  init(_ path: String) {
    let kept = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\0"..."\u{7F}"))
      .union(CharacterSet(charactersIn: "/-_.~"))
    let encoded = path.addingPercentEncoding(withAllowedCharacters: kept) ?? ""
    // Two slashes would name a host, and a word before a colon a protocol.
    text =
      path.hasPrefix("/") ? "/" + encoded.drop { $0 == "/" } : "./" + encoded
  }
}
