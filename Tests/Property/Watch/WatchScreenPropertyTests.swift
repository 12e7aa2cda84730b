import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWatch
import Support
import Testing

/// What a terminal shows of runs, for its size.
struct WatchScreenPropertyTests {
  private static let began = WatchFixture.began

  private static func text(
    _ states: [WatchedState], width: Int, height: Int = 60, after seconds: Double = 60
  ) -> [String] {
    WatchScreen(states, now: began + seconds).lines(width: width, height: height).map(\.plain)
  }

  private static func text(
    _ history: RunHistory, width: Int = 100, height: Int = 60, after seconds: Double = 60
  ) -> [String] {
    text([WatchedState(history)], width: width, height: height, after: seconds)
  }

  // MARK: - One run

  @Test func aRunIsShownWithItsNumbers() throws {
    var history = WatchFixture.history(upTo: 600)
    history.records += [
      WatchFixture.evaluation(step: 200), WatchFixture.evaluation(step: 600, success: 50),
    ]
    let state = WatchedState(history, hasReport: true)
    let lines = Self.text([state], width: 100)
    #expect(lines[0].hasPrefix("pusht_act – run  ") && lines[0].hasSuffix("  running"))
    #expect(lines[0].columns == 100)
    #expect(lines[1] == "act · lerobot/pusht · 52M parameters")
    #expect(lines[2].hasPrefix("███") && lines[2].hasSuffix("░  600/1000  60%"))
    #expect(lines[3] == "10.0 step/s · 80.0 samples/s · 1.20 epochs · elapsed 1:00 · left 0:40")
    let loss = try #require(lines.first { $0.hasPrefix("loss ") })
    #expect(loss == "loss            0.001667  min 0.001667  █▄▂▂▁▁")
    #expect(lines.contains { $0.hasPrefix("  l1_loss       0.0008333 min 0.0008333 █▄▂▂▁▁") })
    for name in ["grad_norm", "lr", "update_s", "dataloading_s"] {
      #expect(lines.contains { $0.hasPrefix(name + " ") }, "\(name)")
    }
    #expect(lines.contains("time of a step  80% computing · 20% waiting for data"))
    #expect(lines.contains("memory          1.2 GB · at most 1.2 GB"))
    let newest =
      "evaluation      step 600 · success 50.0% · reward 12.25 · max reward 0.75 · 50 episodes · 0:42"
    let index = try #require(lines.firstIndex(of: newest))
    #expect(lines[index + 1].hasPrefix("                step 200 · success 34.0%"))
    #expect(lines.contains("report          outputs/run/report.html"))
    #expect(lines.last == "q ends the view, not the training")
    #expect(!Self.text(history).contains { $0.hasPrefix("report") })
  }

  /// The time since the last line counts for what has passed and for what is left.
  @Test func theClockRunsBetweenTwoLines() {
    let lines = Self.text(WatchFixture.history(upTo: 600), after: 75)
    #expect(lines[3].hasSuffix("elapsed 1:15 · left 0:25"))
    #expect(!lines.contains { $0.hasPrefix("nothing logged") })
    let silent = Self.text(WatchFixture.history(upTo: 600), after: 60 + 125)
    #expect(silent.contains("nothing logged for 2:05"))
  }

  @Test(arguments: [0, 1, 7, 20, 33, 40, 61, 80, 100, 200, 400], [1, 2, 5, 9, 16, 24, 60])
  func nothingIsWiderOrHigherThanTheTerminal(width: Int, height: Int) {
    var history = WatchFixture.history("outputs/損失/a long name of a run 👍", upTo: 600)
    history.records.append(WatchFixture.evaluation(step: 600))
    history.description?.name = "a job with a very long name that no narrow terminal can hold"
    for count in [1, 2, 3, 12] {
      let states = Array(repeating: WatchedState(history, hasReport: true), count: count)
      let lines = Self.text(states, width: width, height: height)
      #expect(lines.count <= height)
      #expect(lines.allSatisfy { $0.columns <= width }, "\(lines)")
      #expect(!lines.isEmpty)
    }
  }

  @Test func aNarrowTerminalShowsTheSameOnMoreLines() {
    let lines = Self.text(WatchFixture.history(upTo: 600), width: 40)
    #expect(lines[0] == "pusht_act – run                  running")
    #expect(lines.contains("10.0 step/s · 80.0 samples/s"))
    #expect(lines.contains("1.20 epochs · elapsed 1:00 · left 0:40"))
    #expect(lines.contains { $0.hasPrefix("loss            0.001667  █▄▂▂▁▁") })
  }

  /// Of few lines those that say most are kept.
  @Test func aLowTerminalShowsWhatCountsMost() {
    let history = WatchFixture.history(upTo: 600)
    let three = Self.text(history, width: 80, height: 4)
    #expect(three[0].hasPrefix("pusht_act – run") && three[1].hasSuffix("60%"))
    #expect(three[2].hasPrefix("loss "))
    let all = Self.text(history, width: 80)
    for height in 4..<all.count {
      let lines = Self.text(history, width: 80, height: height)
      #expect(Set(lines).isSubset(of: all), "what is left out changes nothing else")
      #expect(lines.count >= height - 1, "no line is left unused")
    }
  }

  // MARK: - How a run stands

  private static func ending(_ kind: String, _ step: Int) -> RunProcess.Ending {
    RunProcess.Ending(kind: kind, step: step, time: began + 61)
  }

  @Test(arguments: [
    (WatchFixture.Process.here, nil, "running", true),
    (.gone, nil, "ended without a word: it was killed", false),
    (.elsewhere, nil, "on another machine; last sign 1:40 ago", true),
    (.here, ("finished", 1000), "finished", false),
    (.here, ("interrupted", 600), "stopped after step 600", false),
    (.here, ("failed", 601), "failed in step 601", false),
  ])
  func theStateOfARunIsNamed(
    process: WatchFixture.Process, ended: (String, Int)?, words: String, hasTimeLeft: Bool
  ) {
    let history = WatchFixture.history(
      upTo: 600, process, ending: ended.map { Self.ending($0.0, $0.1) })
    let lines = Self.text(history, after: 160)
    #expect(lines[0].hasSuffix("  " + words))
    #expect(lines.contains { $0.contains("left ") } == hasTimeLeft)
    #expect(lines.contains { $0.contains("elapsed ") })
  }

  @Test func aRunWithoutALineWaitsForIt() {
    let history = RunHistory(folder: "outputs/run", description: WatchFixture.description())
    let lines = Self.text(history, after: 9)
    #expect(lines[2].hasSuffix("0/1000  0%"))
    #expect(lines.contains("elapsed 0:09") && lines.contains("no step is logged yet"))
    let empty = WatchedState(RunHistory(folder: "outputs/run"), .waiting)
    #expect(Self.text([empty], width: 80)[0].hasSuffix("waiting for a run to begin here"))
  }

  /// A folder of a release that did not write `run.json`.
  @Test func aRunWithoutADescriptionIsShownAsFarAsItsLinesTell() {
    var history = WatchFixture.history(upTo: 600)
    history.description = nil
    let lines = Self.text(history)
    #expect(lines[0].hasPrefix("run  ") && lines[0].hasSuffix("unknown"))
    #expect(lines[1] == "step 600")
    #expect(lines.contains { $0.hasPrefix("loss            0.001667") })
  }

  @Test(arguments: [
    (WatchedState.Condition.gone, "the folder is gone"),
    (.unreadable("run.json: cannot open: permission denied"), "permission denied"),
  ])
  func whatCannotBeReadKeepsItsLastNumbers(condition: WatchedState.Condition, words: String) {
    let state = WatchedState(WatchFixture.history(upTo: 600), condition)
    let lines = Self.text([state], width: 100)
    #expect(lines[0].hasSuffix(words))
    #expect(lines.contains { $0.hasPrefix("loss ") })
  }

  @Test func aLossThatIsNoNumberIsSeen() throws {
    let history = WatchFixture.history(upTo: 600) { $0 > 400 ? .nan : 1 / Double($0) }
    let screen = WatchScreen([WatchedState(history)], now: Self.began + 60)
    let line = try #require(
      screen.lines(width: 80, height: 40).first { $0.plain.hasPrefix("loss ") })
    #expect(line.plain.hasPrefix("loss            nan       min 0.0025"))
    #expect(line.plain.hasSuffix("!!"))
    #expect(line.pieces.contains { $0.text.hasPrefix("nan") && $0.style == .bad })
  }

  // MARK: - Several runs

  private static let three: [WatchedState] = [
    WatchedState(WatchFixture.history("outputs/long", steps: 10_000, upTo: 6000)),
    WatchedState(
      WatchFixture.history(
        "outputs/short", steps: 200, upTo: 200, ending: ending("finished", 200))),
    WatchedState(WatchFixture.history("outputs/killed", steps: 3000, upTo: 300, .gone)),
  ]

  @Test func runsOfDifferentLengthsStandInBlocks() throws {
    let lines = Self.text(Self.three, width: 80, height: 40, after: 600)
    let titles = ["long", "short", "killed"].map { name in
      lines.firstIndex { $0.hasPrefix("pusht_act – \(name) ") }
    }
    let places = try titles.map { try #require($0) }
    #expect(places == places.sorted() && lines[places[1] - 1].isEmpty)
    #expect(lines.contains { $0.hasSuffix("6000/10000  60%") })
    #expect(lines.contains { $0.hasSuffix("200/200  100%") })
    #expect(lines.filter { $0.hasPrefix("loss ") }.count == 3)
  }

  @Test func moreRunsThanFitAsBlocksStandInATable() throws {
    let lines = Self.text(Self.three, width: 120, height: 12, after: 600)
    #expect(lines[0].hasPrefix("run") && lines[0].contains("done") && lines[0].contains("loss"))
    #expect(lines[1].hasPrefix("long") && lines[1].contains("60%") && lines[1].contains("running"))
    #expect(lines[2].hasPrefix("short") && lines[2].contains("100%"))
    #expect(lines[2].contains("finished") && lines[3].contains("killed"))
    #expect(lines[1].hasSuffix("▁"), "the curve of the loss")
    let narrow = Self.text(Self.three, width: 40, height: 12, after: 600)
    #expect(narrow[1].hasPrefix("long") && narrow[1].contains("60%"))
    #expect(narrow[2].contains("finished"))
  }

  @Test func moreRunsThanLinesAreCounted() {
    let states = (0..<30).map {
      WatchedState(WatchFixture.history("outputs/\($0)", upTo: 300))
    }
    let lines = Self.text(states, width: 80, height: 11)
    #expect(lines[1].hasPrefix("0 ") && lines[8].hasPrefix("7 "))
    #expect(lines[9] == "and 22 more; the window is too low")
  }

  @Test func runsAreToldApartByColour() {
    let screen = WatchScreen(Self.three, now: Self.began)
    let styles = screen.lines(width: 80, height: 12).dropFirst().prefix(3).map {
      $0.pieces[0].style
    }
    #expect(styles == [.series(0), .series(1), .series(2)])
    #expect(Set(styles.map { StyledLine("x", $0).coloured }).count == 3)
  }

  // MARK: - Without a terminal

  @Test func theSummaryIsPlainText() {
    let summary = WatchScreen(Self.three, now: Self.began + 600).summary
    let lines = summary.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "pusht_act – long" && lines[1] == "running")
    #expect(summary.contains("6000/10000  60%") && summary.contains("200/200  100%"))
    #expect(summary.contains("loss            0.0001667 min 0.0001667\n"))
    for character in Sparkline.blocks + ["░", "\u{1B}"] {
      #expect(!summary.contains(character))
    }
    #expect(summary.hasSuffix("\n") && !summary.hasSuffix("\n\n"))
  }
}
