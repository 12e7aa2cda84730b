import LeRobotCore

/// A page that shows a run, or compares several: one file, without anything from elsewhere.
package struct ReportPage: Sendable {
  private let runs: [RunHistory]
  private let isLive: Bool
  private let now: Double

  /// - Parameters:
  ///   - isLive: whether a server sends the page its new content.
  ///   - now: seconds since 1970.
  package init(_ runs: [RunHistory], isLive: Bool = false, now: Double) {
    (self.runs, self.isLive, self.now) = (runs, isLive, now)
  }

  /// The whole document, in one file.
  package var html: String {
    let head = Markup.element(
      "head", [:], .element("meta", ["charset": "utf-8"]),
      .element(
        "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      .element("meta", ["name": "color-scheme", "content": "light dark"]),
      .element("title", [:], Markup(title)),
      // Without one, a browser asks the server for it.
      Markup(trusted: "<link rel=\"icon\" href=\"data:,\"/>"),
      Markup(trusted: "<style>\n\(ReportStyle.all)</style>"))
    let body = Markup.element(
      "body", [:], .element("div", ["id": "connection", "role": "status", "hidden": ""]),
      .element("main", [:], Markup(trusted: content)),
      .element("p", ["id": "announcement", "class": "unseen", "aria-live": "polite"]),
      script)
    let document = Markup.element("html", ["lang": "en"], head, body)
    return "<!DOCTYPE html>\n\(document.source)\n"
  }

  /// What stands in `<main>`: what a live page is sent again and again.
  package var content: String {
    switch runs.count {
    case 0: Markup.element("h1", [:], "No run").source
    case 1: SingleRunReport(runs[0], now: now).markup.source
    default: ComparisonReport(runs, now: now).markup.source
    }
  }

  private var title: String {
    runs.count == 1 ? runs[0].title : "Comparison of \(runs.count) runs"
  }

  /// Comments hide the marks of XML from a browser that reads HTML.
  private var script: Markup {
    let source = ReportScript.all + (isLive ? LiveScript.all : "")
    return Markup(trusted: "<script>/*<![CDATA[*/\n\(source)/*]]>*/</script>")
  }
}
