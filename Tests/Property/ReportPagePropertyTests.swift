import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Testing

/// What stands on a report's page, for any run.
@Suite struct ReportPagePropertyTests {
  private static let now = ReportFixture.began + 500

  private func parsed(_ runs: RunHistory..., isLive: Bool = false) throws -> ParsedPage {
    try ParsedPage(ReportPage(runs, isLive: isLive, now: Self.now).html)
  }

  private static let lines = (1...8).map {
    ReportFixture.line($0 * 50, loss: 3 / Double($0), others: ["l1_loss": 0.1 * Double($0)])
  }

  // MARK: - Any number of log lines

  @Test func aRunWithoutALogLineHasAPage() throws {
    #expect(try parsed(RunHistory(folder: "runs/old")).all("h1")[0].text == "old")
    let page = try parsed(ReportFixture(processes: [ReportFixture.process()]).history)
    #expect(page.all("figure").isEmpty)
    #expect(page.all("p", class: "empty").count == 1)
    #expect(page.all("p", class: "facts")[0].text.hasPrefix("0 of 1,000 steps"))
  }

  @Test func aSingleLogLineIsADot() throws {
    let page = try parsed(ReportFixture(records: [ReportFixture.line(50, loss: 2)]).history)
    let lines = page.all("path", class: "line").compactMap { $0.attributes["d"] }
    #expect(lines.count >= 4 && lines.allSatisfy { $0.contains(/^M\d+ \d+(h0|z)?$/) }, "\(lines)")
  }

  @Test func manyLogLinesMakeASmallPage() throws {
    var generator = SplitMix64(seed: 7)
    var record = ReportFixture.line(0, loss: 1, others: ["l1_loss": 1, "kld_loss": 1])
    let records = (1...100_000).map { step in
      record.values["steps"] = .int(step * 10)
      for name in ["loss", "l1_loss", "kld_loss", "grad_norm", "update_s", "dataloading_s"] {
        record.values[name] = .double(Double.random(in: 0.1...9, using: &generator))
      }
      record.moment?.time += 1
      return record
    }
    let html = ReportPage(
      [ReportFixture(steps: 1_000_000, records: records).history], now: Self.now
    ).html
    #expect(html.utf8.count < 1_000_000)
    let page = try ParsedPage(html)
    #expect(page.all("figure", class: "plot").count >= 7)
  }

  /// No coordinate is lost with the value.
  @Test(arguments: [[Double.nan], [.infinity, -.infinity], [.nan, 1e308, -1e308, 0, .infinity]])
  func valuesThatAreNoNumbersDoNotBreakAPlot(values: [Double]) throws {
    let records = (1...100).map { ReportFixture.line($0, loss: values[$0 % values.count]) }
    let page = try parsed(ReportFixture(records: records).history)
    #expect(!page.all("path", class: "lost").isEmpty)
    for element in page.elements {
      for name in ["d", "x", "y", "x1", "y1", "cx", "cy", "data-low", "data-high"] {
        let text = element.attributes[name]?.lowercased() ?? ""
        #expect(!text.contains("nan") && !text.contains("inf"), "\(element)")
      }
    }
    let note = try #require(page.all("p", class: "note").first?.text)
    let count = records.filter { !($0["loss"]!.isFinite) }.count
    #expect(note == "Marked at the top: \(count) values that are no finite numbers.")
  }

  // MARK: - What it says

  @Test func theStatusIsSaid() throws {
    typealias Ending = RunProcess.Ending
    func badge(_ ending: Ending?, _ identity: ProcessIdentity = .init()) throws -> String {
      let process = ReportFixture.process(ending: ending, identity: identity)
      let run = ReportFixture(records: Self.lines, processes: [process]).history
      return try parsed(run).all("span", class: "badge")[0].text
    }
    #expect(try badge(Ending(kind: "finished", step: 9, time: 9)) == "✓ finished")
    #expect(try badge(Ending(kind: "interrupted", step: 9, time: 9)) == "■ stopped after step 9")
    #expect(try badge(Ending(kind: "failed", step: 9, time: 9)) == "✕ failed in step 9")
    #expect(try badge(nil, .current) == "▶ running")
    var gone = ProcessIdentity.current
    gone.start = "0"
    #expect(try badge(nil, gone) == "✕ killed")
    #expect(try badge(nil).contains("last sign 7:00 ago"))
  }

  @Test func aResumedRunIsMarkedWhereItsProcessBegan() throws {
    let processes = [0, 200].map { ReportFixture.process(firstStep: $0) }
    let run = ReportFixture(records: Self.lines, processes: processes).history
    let page = try parsed(run)
    let marks = page.all("line", class: "start").map { $0.attributes["x1"] }
    #expect(!marks.isEmpty && marks.allSatisfy { $0 == "50.0%" })
    let whole = ReportFixture(records: Self.lines, processes: [processes[0]]).history
    #expect(try parsed(whole).all("line", class: "start").isEmpty)
  }

  @Test func whatWasAskedForComesBeforeTheDefaults() throws {
    let settings = [
      ("a", "default"), ("b", "derived"), ("c", "preset of the policy"), ("d", "x.json, line 3"),
      ("e", "command line: --e=1"), ("f", "default"),
    ].map { ConfigSetting(option: $0.0, value: 1, origin: $0.1) }
    let page = try parsed(ReportFixture(settings: settings).history)
    let tables = page.all("table", class: "settings").map(\.text)
    #expect(tables.count == 2)
    #expect(tables[0].contains(/e1command line.*d1x.json, line 3.*c1.*b1derived/))
    #expect(tables[1].contains(/a1default.*f1default/))
    #expect(page.all("details")[0].text.hasPrefix("2 options"))
  }

  @Test func eachParameterGroupHasItsLearningRate() throws {
    var line = ReportFixture.line(10, loss: 1)
    line.moment?.learningRates = [1e-4, 1e-5]
    let page = try parsed(ReportFixture(records: [line], groups: ["policy", "backbone"]).history)
    let names = page.all("span", class: "name").map(\.text)
    #expect(names.contains("policy") && names.contains("backbone"))
  }

  // MARK: - Several runs

  @Test func onlyOptionsThatDifferAreCompared() {
    func run(_ values: [(String, JSONValue)]) -> RunHistory {
      ReportFixture(
        settings: values.map { ConfigSetting(option: $0.0, value: $0.1, origin: "default") }
      ).history
    }
    let runs = [
      run([("seed", 1), ("steps", 10), ("env", "pusht")]), run([("seed", 2), ("steps", 10)]),
      run([("steps", 10), ("seed", 1), ("env", "pusht"), ("own", .null)]),
      RunHistory(folder: "old"),
    ]
    #expect(
      ConfigurationDifferences(runs).rows == [
        .init(option: "seed", values: ["1", "2", "1", nil]),
        .init(option: "env", values: ["pusht", nil, "pusht", nil]),
        .init(option: "own", values: [nil, nil, "null", nil]),
      ])
    #expect(ConfigurationDifferences([runs[3], runs[0]]).rows.isEmpty)
  }

  @Test func aComparisonHasACurveForEachRun() throws {
    let runs = (1...10).map { number in
      var run = ReportFixture(
        name: "run \(number)", records: Array(Self.lines.prefix(number % 8 + 1))
      ).history
      run.folder = "runs/\(number)"
      return run
    }
    let page = try ParsedPage(ReportPage(runs, now: Self.now).html)
    let losses = try #require(page.all("ul", class: "legend").first)
    #expect((1...10).allSatisfy { losses.text.contains("run \($0)") })
    let looks = page.all("li").prefix(10).map { $0.attributes["class"] }
    #expect(Set(looks).count == 10, "two runs look alike: \(looks)")
  }
}
