import LeRobotCore
import Support
import Testing

/// The command lines that show a run or write its report.
struct WatchRequestPropertyTests {
  private static func invocation(_ arguments: [String]) throws -> Invocation {
    try Invocation(arguments: arguments, machine: .forTests())
  }

  private static func watch(_ arguments: [String]) throws -> WatchRequest? {
    guard case .watch(let request) = try invocation(arguments) else { return nil }
    return request
  }

  @Test(
    arguments: [
      (["--watch=a"], ["a"], nil), (["--watch", "a"], ["a"], nil),
      (["--watch=a", "b", "c"], ["a", "b", "c"], nil), (["--watch", "a", "b"], ["a", "b"], nil),
      (["--watch=a", "--watch=b"], ["a", "b"], nil), (["--watch=x=1"], ["x=1"], nil),
      (["--watch=a", "b", "--port=80"], ["a", "b"], 80),
      (["--port", "0", "--watch", "a"], ["a"], 0),
      (["--watch=a", "--port=1", "--port=65535"], ["a"], 65535),
      (["--watch", "a", "--port=8080", "--watch", "b"], ["a", "b"], 8080),
    ] as [([String], [String], UInt16?)])
  func theRunsAndThePortAreRead(arguments: [String], runs: [String], port: UInt16?) throws {
    let request = try #require(try Self.watch(arguments))
    #expect(request.runs == runs && request.port == port)
  }

  @Test(arguments: [
    (["--watch"], "--watch: needs a run's output_dir, such as outputs/train/RUN", Int32(1)),
    (["--watch="], "--watch: needs a run's output_dir, such as outputs/train/RUN", 1),
    (["--watch=a", ""], "--watch: needs a run's output_dir, such as outputs/train/RUN", 1),
    (["--watch", "--port=1"], "--watch: needs a run's output_dir, such as outputs/train/RUN", 1),
    (["--watch=a", "--steps=3"], "--steps=3: belongs to no option; --watch takes --port only", 2),
    (["--watch=a", "--prot=3"], "--prot=3: belongs to no option; --watch takes --port only", 2),
    (["--steps", "3", "--watch=a"], "--steps: belongs to no option; --watch takes --port only", 2),
    (["--watch=a", "--port=80", "b"], "b: belongs to no option; --watch takes --port only", 2),
    (
      ["--watch=a", "--report=a"], "--report=a: belongs to no option; --watch takes --port only",
      2
    ),
    (
      ["--watch=a", "--port=70000"],
      "--port=70000: expected a port number from 0 to 65535, found \"70000\"; 0 picks a free one", 1
    ),
    (
      ["--watch=a", "--port="],
      "--port=: expected a port number from 0 to 65535, found \"\"; 0 picks a free one", 1
    ),
    (
      ["--watch=a", "--port=x"],
      "--port=x: expected a port number from 0 to 65535, found \"x\"; 0 picks a free one", 1
    ),
    (["--report"], "--report: needs a run's output_dir, such as outputs/train/RUN", 1),
    (
      ["--report=a", "--port=1"],
      "--port=1: belongs to no option; no other option stands beside --report", 2
    ),
  ])
  func whatHasNoPlaceIsNamed(arguments: [String], message: String, status: Int32) {
    let error = #expect(throws: ConfigError.self) { try Self.invocation(arguments) }
    #expect(error?.description == message && error?.exitStatus == status)
  }

  @Test(arguments: [["--report=a"], ["--report", "a"]])
  func aReportIsAskedFor(arguments: [String]) throws {
    guard case .report(let request) = try Self.invocation(arguments) else {
      Issue.record("taken for something else")
      return
    }
    #expect(request.runs == ["a"])
    guard case .report(let several) = try Self.invocation(arguments + ["b"]) else {
      Issue.record("taken for something else")
      return
    }
    #expect(several.runs == ["a", "b"])
  }

  private static let training = [
    "--dataset.repo_id=a/b", "--policy.type=act", "--policy.push_to_hub=false",
  ]

  /// Training would go on for hours under a name that was mistyped.
  @Test(arguments: [
    ("--watc=a", "did you mean --watch?"), ("--reprt=a", "did you mean --report?"),
    ("--port=80", "--port=80: belongs to --watch=RUN; add it, or leave this out"),
  ])
  func whatIsMistypedDoesNotTrain(argument: String, words: String) {
    let error = #expect(throws: ConfigError.self) {
      try Self.invocation(Self.training + [argument])
    }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test func theOptionsAreExplainedAndCompleted() {
    let help = HelpText.text(for: ["--help"])
    for option in ["--watch ", "--port ", "--report "] { #expect(help.contains(option)) }
    #expect(Completion.script(for: .bash).contains("--upload|--evaluate|--watch|--report"))
  }
}
