import Foundation
import LeRobotCore
import LeRobotLogging
import OrderedCollections
import Support
import Testing

/// Log text against Python's, as `Fixtures/generate/log_text.py` recorded it.
struct LoggingGoldenTests {
  private static func fixture(_ name: String) throws -> JSONValue {
    let file = RepositoryFiles.fixtures.appending(path: "logging/\(name)")
    return try JSONValue(parsing: Data(contentsOf: file))
  }

  @Test func numbersAreFormattedAsPythonDoes() throws {
    for row in try #require(try Self.fixture("numbers.json").arrayValue) {
      let field = try #require(row["number"])
      let number = try #require(field.doubleValue ?? field.stringValue.flatMap(Double.init))
      #expect(formatBigNumber(number) == row["big"]?.stringValue)
      #expect(formatBigNumber(number, digits: 2) == row["big_2"]?.stringValue)
      #expect(NumberFormat.fixed(3)(number) == row["fixed_3"]?.stringValue)
      #expect(NumberFormat.fixed(2)(number) == row["fixed_2"]?.stringValue)
      #expect(NumberFormat.scientific(1)(number) == row["scientific_1"]?.stringValue)
      #expect(number.pythonRepr == row["repr"]?.stringValue)
    }
  }

  @Test func metricsEqualLeRobots() throws {
    let golden = try Self.fixture("metrics.json")
    var metrics = RunMetrics(
      batchSize: try #require(golden["batch_size"]?.intValue),
      frameCount: try #require(golden["frames"]?.intValue),
      episodeCount: try #require(golden["episodes"]?.intValue),
      initialStep: try #require(golden["initial_step"]?.intValue))
    for (index, row) in try #require(golden["steps"]?.arrayValue).enumerated() {
      for (name, value) in try #require(row["values"]?.objectValue) {
        metrics.add(name, try #require(value.doubleValue))
      }
      metrics.countStep()
      #expect(MetricsLine.training(metrics) == row["line"]?.stringValue)
      #expect(JSONValue.object(metrics.values()) == row["averages"])
      #expect(JSONValue.object(metrics.values(averages: false)) == row["latest"])
      if (index + 1).isMultiple(of: 5) { metrics.resetAverages() }
    }
  }

  private func checkPretty(_ name: String, _ format: (JSONValue) -> String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "logging/\(name)")
    for line in try RepositoryFiles.lines(file) {
      let row = try JSONValue(parsing: line)
      #expect(format(try #require(row["value"])) == row["text"]?.stringValue)
    }
  }

  @Test func prettyPrintedValuesEqualPythons() throws {
    try checkPretty("pretty.jsonl") { PythonPrettyPrinter.format($0) }
  }

  @Test func loggedConfigurationsEqualLeRobots() throws {
    try checkPretty("configurations.jsonl", PythonPrettyPrinter.configuration)
  }

  @Test func logLineHasLeRobotsPrefix() throws {
    let parts = DateComponents(
      calendar: Calendar(identifier: .gregorian), year: 2026, month: 3, day: 2, hour: 5,
      minute: 9, second: 6)
    let time = try #require(parts.date)
    #expect(
      LogLine.format("Creating dataset", time: time, origin: "scripts/lerobot_train.py:163")
        == "INFO 2026-03-02 05:09:06 ot_train.py:163 Creating dataset")
    #expect(
      LogLine.format("x", level: .warning, time: time, origin: "a.py:1")
        == "WARNING 2026-03-02 05:09:06          a.py:1 x")
  }
}
