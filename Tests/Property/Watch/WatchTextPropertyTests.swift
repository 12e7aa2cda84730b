import Foundation
import LeRobotWatch
import Support
import Testing

/// Text that fits a terminal, and curves in it.
struct WatchTextPropertyTests {
  @Test(arguments: [
    ("loss", 4), ("", 0), ("é", 1), ("e\u{301}", 1), ("損失", 4), ("한글", 4), ("👍", 2), ("👨‍👩‍👧", 2),
    ("🇩🇪", 2), ("❤\u{FE0F}", 2), ("▁▂█", 3), ("–…·", 3), ("a\u{200D}b", 2), ("ｆｕｌｌ", 8),
  ])
  func columnsAreThoseOfATerminal(text: String, columns: Int) {
    #expect(text.columns == columns)
  }

  @Test func aFittedTextIsNeverWiderAndLosesNothingThatFits() {
    for text in ["outputs/train/損失曲線/run", "👨‍👩‍👧👍🇩🇪 family", "plain words only", "e\u{301}e\u{301}"] {
      for width in 0...30 {
        let (start, end) = (text.fitted(to: width), text.fittedAtEnd(to: width))
        #expect(start.columns <= width && end.columns <= width, "\(text) \(width)")
        #expect(text.padded(toColumns: width).columns == width)
        guard text.columns > width else {
          #expect(start == text && end == text)
          continue
        }
        // A wide character may leave one column empty.
        #expect(start.columns >= width - 1 && end.columns >= width - 1)
        if width > 0 {
          #expect(text.hasPrefix(String(start.dropLast())) && start.last == "…")
          #expect(text.hasSuffix(String(end.dropFirst())) && end.first == "…")
        }
      }
    }
  }

  @Test func whatATerminalWouldObeyIsNotShown() {
    let line = StyledLine("a\u{1B}[2Jb\nc\u{9B}d\u{202E}e\u{7}")
    #expect(line.plain == "a [2Jb c d e")
    #expect(!line.coloured.contains("\u{1B}"))
  }

  @Test func aStyledLineIsCutAcrossItsPieces() {
    var line = StyledLine("loss", .quiet)
    line.add(" 0.5")
    line.add("█████", .series(1))
    for width in 0...15 {
      let cut = line.fitted(to: width)
      #expect(cut.columns == min(width, 13))
      #expect(cut.plain == (width < 13 ? "loss 0.5█████".fitted(to: width) : "loss 0.5█████"))
    }
    #expect(line.withRight("end", .good, width: 18)?.plain == "loss 0.5█████  end")
    #expect(line.withRight("end", .good, width: 17) == nil)
  }

  // MARK: - Curves

  private func level(_ character: Character) -> Int {
    Sparkline.blocks.firstIndex(of: character) ?? -1
  }

  @Test func aHigherValueIsNeverDrawnLower() {
    var generator = SystemRandomNumberGenerator()
    for round in 0..<200 {
      let count = Int.random(in: 1...40, using: &generator)
      let values = (0..<count).map { _ in Double.random(in: 0.001...100, using: &generator) }
      let curve = Sparkline(values, width: count, mayBeLogarithmic: round % 2 == 0)
      let levels = curve.text.map(level)
      #expect(levels.count == count && !levels.contains(-1))
      for (i, j) in zip(0..<count, (0..<count).shuffled(using: &generator))
      where values[i] < values[j] {
        #expect(levels[i] <= levels[j], "\(values[i]) \(values[j])")
      }
      if count > 1, Set(values).count > 1 {
        #expect(levels[values.indices.max { values[$0] < values[$1] }!] == 7)
        #expect(levels[values.indices.min { values[$0] < values[$1] }!] == 0)
      }
    }
  }

  @Test func aLongCurveIsAveragedIntoItsWidth() {
    // Columns of four, of equal means within each half.
    let values = (0..<80).map { Double($0 % 2) + ($0 < 40 ? 0 : 10) }
    #expect(
      Sparkline(values, width: 20).text == String(repeating: "▁", count: 10)
        + String(repeating: "█", count: 10))
    for width in 0...90 {
      #expect(Sparkline(values, width: width).text.count == min(width, 80))
    }
  }

  @Test func valuesThatAreNoNumbersAreMarked() {
    #expect(Sparkline([1, .nan, 2], width: 9).text == "▁!█")
    #expect(Sparkline([.nan, .infinity], width: 9).text == "!!")
    #expect(Sparkline([1, .nan, 2, 2], width: 2).text == "!▁")
    #expect(Sparkline([], width: 9).text == "")
    #expect(Sparkline([3, 3, 3], width: 9).text == "▁▁▁")
    let extremes = [-Double.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude]
    #expect(Sparkline(extremes, width: 9).text == "▁▅█")
  }

  @Test func aLossThatFallsFarIsDrawnByItsLogarithm() {
    let values = [1000, 100, 10, 1, 0.1, 0.01, 0.001, 0.0001]
    let curve = Sparkline(values, width: 8, mayBeLogarithmic: true)
    #expect(curve.isLogarithmic && curve.text == "█▇▆▅▄▃▂▁")
    #expect(Sparkline(values, width: 8).text == "█▂▁▁▁▁▁▁")
    #expect(!Sparkline([0, 1000], width: 8, mayBeLogarithmic: true).isLogarithmic)
    #expect(!Sparkline([2, 3], width: 8, mayBeLogarithmic: true).isLogarithmic)
  }

  @Test func aBarIsFullWhenAllIsDoneAndNotBefore() {
    for width in 1...40 {
      for percent in 0...100 {
        let (done, rest) = ProgressBar.text(Double(percent) / 100, width: width)
        #expect((done + rest).columns == width)
        #expect(rest.isEmpty == (percent == 100) || done.last != "█")
      }
    }
    #expect(ProgressBar.text(0.5, width: 5).done == "██▌")
    #expect(ProgressBar.text(.nan, width: 5).rest == "░░░░░")
    #expect(ProgressBar.text(9, width: 5).done == "█████")
  }

  // MARK: - Drawing

  /// A terminal that knows the three commands that are used.
  private struct Screen {
    var lines: [String] = []

    mutating func obey(_ text: String) {
      for command in text.components(separatedBy: "\u{1B}[").dropFirst() {
        if command == "2J" {
          lines = []
        } else if let end = command.firstIndex(of: "H"), !command.hasPrefix("K") {
          let row = Int(command[..<end].split(separator: ";")[0])! - 1
          lines += Array(repeating: "", count: max(0, row + 1 - lines.count))
          current = row
        } else {
          lines[current] = String(command.dropFirst())
        }
      }
      while lines.last == "" { lines.removeLast() }
    }

    private var current = 0
  }

  @Test func theScreenShowsWhatWasDrawnLast() {
    var (changes, screen) = (ScreenChanges(), Screen())
    let size = TerminalSize(columns: 40, rows: 24)
    for _ in 0..<200 {
      let lines = (0..<Int.random(in: 0...6)).map { _ in ["", "loss 0.5", "█▅▁"].randomElement()! }
      screen.obey(changes.show(lines, size: size))
      var shown = lines
      while shown.last == "" { shown.removeLast() }
      #expect(screen.lines == shown)
      #expect(changes.show(lines, size: size).isEmpty, "what is shown is not sent again")
    }
  }

  @Test func onlyTheLinesThatDifferAreSent() {
    var changes = ScreenChanges()
    let size = TerminalSize(columns: 40, rows: 24)
    _ = changes.show(["a", "b", "c"], size: size)
    #expect(changes.show(["a", "x", "c"], size: size) == "\u{1B}[2;1H\u{1B}[Kx")
    #expect(changes.show(["a"], size: size) == "\u{1B}[2;1H\u{1B}[K\u{1B}[3;1H\u{1B}[K")
    let other = TerminalSize(columns: 41, rows: 24)
    #expect(changes.show(["a"], size: other) == "\u{1B}[2J\u{1B}[1;1H\u{1B}[Ka")
  }
}
