import Foundation
import LeRobotLogging
import Support
import Testing

/// Numbers, axes and curves of a report's plots.
@Suite struct ReportPlotPropertyTests {
  /// Ranges of any size and place.
  private static let ranges: [(low: Double, high: Double)] = {
    var generator = SplitMix64(seed: 7)
    return (0..<300).map { _ in
      let size = pow(10, Double.random(in: -8...11, using: &generator))
      let low = Double.random(in: -3...3, using: &generator) * size
      return (low, low + size)
    }
  }()

  // MARK: - Ticks

  @Test func ticksAreOneTwoOrFiveApartAndInsideTheirRange() {
    for (low, high) in Self.ranges {
      let ticks = Ticks.linear(from: low, to: high)
      #expect((2...7).contains(ticks.values.count), "\(low) to \(high): \(ticks)")
      let step = ticks.values[1] - ticks.values[0]
      let digit = step / pow(10, floor(log10(step) + 1e-6))
      #expect([1, 2, 5].contains { abs($0 - digit) < 1e-3 }, "\(low) to \(high): \(step)")
      let margin = 1e-5 * (high - low)
      #expect(ticks.values.allSatisfy { $0 >= low - margin && $0 <= high + margin })
    }
  }

  @Test func labelsOfTicksDifferAndSayTheirValue() throws {
    for (low, high) in Self.ranges {
      let ticks = Ticks.linear(from: low, to: high)
      #expect(Set(ticks.labels).count == ticks.labels.count, "\(ticks)")
      let step = ticks.values[1] - ticks.values[0]
      for (value, label) in zip(ticks.values, ticks.labels) {
        #expect(abs(try Self.number(label) - value) < 0.01 * step, "\(label) is not \(value)")
        #expect(label.count <= 10, "\(label)")
      }
    }
  }

  private static func number(_ label: String) throws -> Double {
    let units = ["k": 1e3, "M": 1e6, "G": 1e9]
    let unit = label.last.flatMap { units[String($0)] }
    return try #require(Double(unit == nil ? label : String(label.dropLast()))) * (unit ?? 1)
  }

  @Test func stepsAreSaidInThousands() {
    #expect(Axis(steps: 0...20_000).ticks.labels == ["0", "5k", "10k", "15k", "20k"])
    #expect(Axis(steps: 0...3_000_000).ticks.labels == ["0", "1M", "2M", "3M"])
    #expect(
      Ticks.linear(from: 0, to: 1e-4).labels == ["0", "2e-5", "4e-5", "6e-5", "8e-5", "1e-4"])
  }

  @Test func decadesHaveTheirPowersOfTen() {
    #expect(Ticks.logarithmic(from: 1e-3, to: 20).labels == ["0.001", "0.01", "0.1", "1", "10"])
    #expect(Ticks.logarithmic(from: 1, to: 10).labels == ["1", "2", "5", "10"])
    #expect(Ticks.logarithmic(from: 1e-12, to: 1e12).labels.count <= 7)
  }

  // MARK: - Axes

  @Test(arguments: [Axis.Kind.automatic, .linear, .fromZero, .fixed(0, 100)])
  func everyFiniteValueHasAPlace(kind: Axis.Kind) {
    let largest = Double.greatestFiniteMagnitude
    let sets: [[Double]] =
      Self.ranges.map { [$0.low, $0.high] } + [
        [], [0], [7], [-3, -3], [.nan, .infinity], [1, .nan, 2], [largest, -largest], [largest],
        [.leastNonzeroMagnitude, largest], [1, 1 + 1e-15],
      ]
    for values in sets {
      let axis = Axis(covering: values, kind)
      #expect(axis.low.isFinite && axis.high.isFinite && axis.low < axis.high, "\(values): \(axis)")
      for value in values where value.isFinite {
        let place = axis.position(value)
        #expect(place.map { $0 >= -1e-6 && $0 <= 1 + 1e-6 } == true, "\(value) in \(axis)")
      }
      #expect(axis.position(.nan) == nil && axis.position(.infinity) == nil)
    }
  }

  @Test func anAxisIsLogarithmicWhereValuesSpanDecades() {
    #expect(Axis(covering: [0.05, 60], .automatic).isLogarithmic)
    #expect(!Axis(covering: [0.05, 0.5], .automatic).isLogarithmic)
    #expect(!Axis(covering: [0, 60], .automatic).isLogarithmic)
    #expect(!Axis(covering: [0.05, 60], .linear).isLogarithmic)
    let axis = Axis(covering: [0.1, 1000], .automatic)
    #expect(abs(axis.position(10)! - 0.5) < 1e-9)
  }

  // MARK: - Numbers

  @Test(arguments: [
    (0.0412345, "0.04123"), (1.5e-5, "1.5e-5"), (0, "0"), (12_345, "12,345"), (2e9, "2e9"),
    (.nan, "NaN"), (.infinity, "inf"), (-.infinity, "-inf"), (-1234.4, "-1234"),
  ])
  func valuesAreShort(value: Double, text: String) {
    #expect(ReportNumber.value(value) == text)
  }

  @Test(arguments: [
    (42.4, "42 s"), (725, "12 min 5 s"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h"), (-5, "0 s"),
    (.nan, "?"), (.infinity, "?"),
  ])
  func durationsHaveTwoUnits(seconds: Double, text: String) {
    #expect(ReportNumber.duration(seconds) == text)
  }

  @Test func countsHaveCommas() {
    #expect(
      [0, 999, 1000, 1_234_567, -1000].map(ReportNumber.count)
        == ["0", "999", "1,000", "1,234,567", "-1,000"])
  }

  // MARK: - Columns

  private static func points(_ count: Int, _ value: (Int) -> Double) -> [PlotPoint] {
    (0..<count).map { PlotPoint(step: Double($0 * 10), value: value($0)) }
  }

  @Test(arguments: [1, 7, 480, 481, 5000, 100_000])
  func columnsKeepExtremesMeansAndCounts(count: Int) throws {
    var generator = SplitMix64(seed: UInt64(count))
    let values = (0..<count).map { _ in Double.random(in: -5...5, using: &generator) }
    let points = Self.points(count) { $0 % 97 == 96 ? .nan : values[$0] }
    let columns = PlotColumn.columns(points, limit: 480)
    #expect(columns.count <= max(480, min(count, 480)))
    #expect(columns.reduce(0) { $0 + $1.count } == count)
    #expect(columns.reduce(0) { $0 + $1.nonFiniteCount } == count / 97)
    let finite = points.map(\.value).filter(\.isFinite)
    #expect(columns.compactMap { $0.highest?.value }.max() == finite.max())
    #expect(columns.compactMap { $0.lowest?.value }.min() == finite.min())
    let sum = columns.filter { $0.lowest != nil }
      .reduce(0) { $0 + $1.mean * Double($1.count - $1.nonFiniteCount) }
    #expect(abs(sum - finite.reduce(0, +)) < 1e-6 * Double(count))
  }

  @Test func aPeakOfOneLogLineIsDrawn() throws {
    let points = Self.points(100_000) { $0 == 54_321 ? 40 : 1 }
    let plot = Plot("x", "Loss", curves: [Curve("loss", .smoothed, points: points)])
    let page = try ParsedPage(plot.figure.source)
    let path = try #require(page.all("path", class: "thin").first?.attributes["d"])
    let drawn = try Self.drawn(path)
    let peak = try #require(drawn.min { $0.y < $1.y })
    #expect(abs(peak.x - 543) <= 2)
    // The axis ends at the peak or a tick above.
    #expect(peak.y < 300 && drawn.filter { $0.y < 300 }.count == 1)
  }

  /// The points of a path of ours, in thousandths from the upper left corner.
  private static func drawn(_ path: String) throws -> [(x: Int, y: Int)] {
    var points: [(x: Int, y: Int)] = []
    for command in path.split(separator: /(?=[Mlhz])/) where command.first != "z" {
      let numbers = command.dropFirst().split(separator: /\ |(?=-)/).map { Int($0) }
      let x = try #require(numbers.first ?? nil)
      let y = command.first == "h" ? 0 : try #require(numbers.last ?? nil)
      let pen = command.first == "M" ? (x: 0, y: 0) : try #require(points.last)
      points.append((pen.x + x, pen.y + y))
    }
    return points
  }

  // MARK: - The moving average

  @Test func theAverageOfAStraightLineIsTheLineUpToItsEnd() {
    let curve = Curve("x", .smoothed, points: Self.points(1000) { Double($0) })
    let average = curve.movingAverage(limit: 1000)
    for index in 0..<(1000 - curve.smoothingReach) {
      #expect(abs(average[index].value - Double(index)) < 1e-9)
    }
    #expect(curve.smoothingReach == 20)
  }

  @Test func theAverageLeavesOutWhatIsNoNumberAndForgetsAPeak() {
    let points = Self.points(600) { $0 == 300 ? 1e300 : $0 == 100 ? .nan : 3 }
    let average = Curve("x", .smoothed, points: points).movingAverage(limit: 600)
    #expect(average[100].value == 3)
    #expect(average[300].value > 1e297)
    #expect(average[400].value == 3)
  }

  @Test func onALogarithmicAxisTheAverageFollowsAFall() {
    let points = Self.points(600) { exp(-Double($0) / 20) }
    let average = Curve("x", .smoothed, points: points).movingAverage(
      limit: 600, isLogarithmic: true)
    for index in 0..<500 { #expect(abs(average[index].value / points[index].value - 1) < 1e-9) }
  }

  @Test func pointsAreDrawnInTheOrderOfTheirSteps() {
    let points = [3, 1, 2].map { PlotPoint(step: $0, value: $0) }
    #expect(Curve("x", points: points).points.map(\.step) == [1, 2, 3])
  }
}
