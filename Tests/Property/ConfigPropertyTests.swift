import LeRobotCore
import Support
import Testing

/// What holds of every configuration.
@Suite struct ConfigPropertyTests {
  static let base = ["--dataset.repo_id=a/b", "--policy.push_to_hub=false", "--policy.device=cpu"]

  @Test(arguments: PolicyRegistry.builtIn.names)
  func defaultsReadBackEqual(policy: String) throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--policy.type=\(policy)"], machine: .forTests())
    let text = loaded.config.json.pythonText(indent: 4)
    #expect(TrainPipelineConfig(canonical: try JSONValue(parsing: text)) == loaded.config)
  }

  /// decode(encode(x)) == x, through a file and the whole of the loader.
  @Test func randomConfigurationsReadBackEqual() throws {
    var random = RandomConfig(seed: 11)
    var failures: [String] = []
    var readBack = 0
    for index in 0..<1000 {
      let drawn = random.next()
      let config = try #require(TrainPipelineConfig(canonical: drawn), "seed 11, case \(index)")
      do {
        let (found, expected) = try Self.throughFile(config)
        if found != expected { failures.append("case \(index): \(found) is not \(expected)") }
        readBack += 1
      } catch let error as ConfigError where error.issues.allSatisfy(Self.isCombination) {
        // Values of the right types may still not go together.
      } catch {
        failures.append("case \(index): \(error)")
      }
    }
    #expect(failures.isEmpty, "seed 11, \(failures.count) failures: \(failures.prefix(2))")
    #expect(readBack > 700, "only \(readBack) of 1000 were valid")
  }

  private static func isCombination(_ issue: ConfigIssue) -> Bool {
    switch issue {
    case .invalidCombination, .missingOption: true
    default: false
    }
  }

  /// What a resumed run makes of the file, and what it should.
  private static func throughFile(
    _ config: TrainPipelineConfig
  ) throws -> (found: String, expected: String) {
    let path = "/run/checkpoints/1/pretrained_model/train_config.json"
    let directory = config.outputDirectory ?? "/x"
    let loaded = try ConfigLoader.load(
      arguments: ["--config_path=\(path)", "--output_dir=\(directory)"],
      machine: .forTests(files: [path: config.json.pythonText(indent: 4)]))
    var expected = config
    expected.checkpointPath = "/run/checkpoints/1"
    expected.policy?.common.pretrainedPath = "/run/checkpoints/1/pretrained_model"
    expected.outputDirectory = directory
    if config.jobName ?? "" == "" { expected.jobName = loaded.config.jobName }
    return (loaded.config.json.pythonText(), expected.json.pythonText())
  }

  /// Whatever is typed, the answer is a configuration or lines of text without an address.
  @Test func mutatedCommandLinesNeverCrash() throws {
    var mutator = TextMutator(seed: 12)
    let lines: [[String]] = [
      Self.base + ["--policy.type=act", "--dataset.episodes=[0,1,2]", "--steps", "5"],
      Self.base + ["--policy.type=diffusion", #"--rename_map={"a": "b"}"#, "--seed=1_000"],
      [
        "--config_path=/c.json", "--policy.dim_model=64", "--wandb.notes='it''s'",
        "--job_name=a: b",
      ],
      ["--dataset.repo_id=a/b", "--policy.path=/p", "--policy.use_vae=false", "--env.type=pusht"],
      Self.base + ["--policy={type: act, tags: [&a x, *a], license: !!str 5}", "--help"],
    ]
    let machine = ConfigMachine.forTests(files: Self.files)
    var loaded = 0
    let count = Effort.count(2000, of: 10_000)
    for index in 0..<count {
      let line = mutator.mutate(lines[index % lines.count])
      if try Self.checkAnswer(line, machine) { loaded += 1 }
    }
    #expect((count / 20..<count * 19 / 20).contains(loaded), "\(loaded) of \(count) are loaded")
  }

  @Test func mutatedFilesNeverCrash() throws {
    var mutator = TextMutator(seed: 13)
    let texts = Self.files.filter { $0.key.hasSuffix("n") || $0.key.hasSuffix("l") }
      .sorted { $0.key < $1.key }
    var loaded = 0
    let count = Effort.count(2000, of: 10_000)
    for index in 0..<count {
      var files = Self.files
      let (path, text) = texts[index % texts.count]
      files[path] = mutator.mutate(text)
      let line =
        path == "/p/config.json"
        ? ["--dataset.repo_id=a/b", "--policy.path=/p"] : ["--config_path=\(path)"]
      if try Self.checkAnswer(line, .forTests(files: files)) { loaded += 1 }
    }
    #expect((count / 20..<count * 19 / 20).contains(loaded), "\(loaded) of \(count) are loaded")
  }

  /// Integers where a float is declared stay integers as far as there are any.
  @Test(arguments: ["9223372036854775807", "-9223372036854775808", "9007199254740993", "12"])
  func integersAtTheEdgeOfWhatFitsAreFloats(_ number: String) throws {
    let loaded = try ConfigLoader.load(
      arguments: Self.base + ["--policy.type=act", "--policy.kl_weight=\(number)"],
      machine: .forTests())
    let json = try JSONValue(parsing: loaded.config.json.pythonText())
    #expect(json["policy"]?["kl_weight"]?.doubleValue == Double(number))
  }

  private static let files = [
    "/c.json": """
    {"dataset": {"repo_id": "a/b", "episodes": [1, 2]}, "seed": 5, "steps": 20,
     "policy": {"type": "act", "push_to_hub": false, "device": "cpu", "chunk_size": 100,
      "input_features": {"observation.state": {"type": "STATE", "shape": [2]}}},
     "optimizer": {"type": "adamw", "lr": 1e-5, "betas": [0.9, 0.999]}}
    """,
    "/c.yaml": """
    dataset: {repo_id: a/b, root: ~}
    policy: &policy
      type: diffusion
      push_to_hub: no
      crop_shape: [84, 84]
    steps: 1_000  # few
    rename_map:
      <<: {a: b}
      'c d': "e\\n"
    """,
    "/p/config.json": #"{"type": "act", "push_to_hub": false, "device": "cpu", "kl_weight": 1.5}"#,
  ]

  /// A configuration reads back as it is, from what is saved of it; an error has lines that say
  /// what is wrong.
  ///
  /// - Returns: whether it is a configuration.
  private static func checkAnswer(_ line: [String], _ machine: ConfigMachine) throws -> Bool {
    let invocation: Invocation
    do {
      invocation = try Invocation(arguments: line, machine: machine)
    } catch {
      #expect(!error.issues.isEmpty, "\(line)")
      #expect(error.issues.allSatisfy { !$0.description.isEmpty }, "\(line)")
      return false
    }
    guard case .run(let loaded) = invocation else { return false }
    let text = loaded.config.json.pythonText()
    let readBack = TrainPipelineConfig(canonical: try JSONValue(parsing: text))
    #expect(readBack?.json.pythonText() == text, "\(line)")
    #expect(loaded.config.policy != nil, "\(line)")
    return true
  }

  @Test func trainingSetsShareOneSchemaWithTheHelp() {
    let help = HelpText.text(for: ["--help", "--policy.type=act", "--env.type=pusht"])
    for field in ConfigSchema.builtIn.record.fields where field.isOption {
      #expect(help.contains("--\(field.key)"), "\(field.key)")
    }
    for field in ACTConfig.fields {
      #expect(help.contains("--policy.\(field.key)"), "\(field.key)")
    }
    #expect(!help.contains("--policy.horizon"))
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test(arguments: RunOptions.Shell.allCases)
  func completionKnowsEveryOption(shell: RunOptions.Shell) {
    let script = Completion.script(for: shell)
    let prefix = shell == .fish ? "-l " : "--"
    for name in ["policy.chunk_size", "policy.path", "config_path", "env.type", "trace"] {
      #expect(script.contains(prefix + name))
    }
  }

  @Test func everyFieldIsExplained() {
    func check(_ record: RecordType, _ path: String) {
      for field in record.fields {
        #expect(field.help.hasSuffix(".") || field.help.hasSuffix("}."), "\(path)\(field.key)")
        switch field.type.unwrapped {
        case .record(let inner): check(inner, "\(path)\(field.key).")
        case .choice(let choice): for one in choice.cases { check(one.record, "\(field.key).") }
        default: break
        }
      }
    }
    check(ConfigSchema.builtIn.record, "")
  }

  @Test func theNearestNameIsFound() {
    let names = ["policy.chunk_size", "policy.n_heads", "steps", "seed"]
    #expect(Suggestion.nearest(to: "policy.chunk_sise", among: names) == "policy.chunk_size")
    #expect(Suggestion.nearest(to: "setps", among: names) == "steps")
    #expect(Suggestion.nearest(to: "policy.whatever", among: names) == nil)
  }

  @Test func eachValueSaysWhereItCameFrom() throws {
    let machine = ConfigMachine.forTests(files: Self.files)
    let loaded = try ConfigLoader.load(
      arguments: ["--config_path=/c.json", "--seed=7"], machine: machine)
    let report = ConfigReport.text(loaded).split(separator: "\n").map(String.init)
    func line(_ key: String) -> String? { report.first { $0.hasPrefix("\(key) = ") } }
    #expect(line("seed")?.hasSuffix("# command line: --seed=7") == true)
    #expect(line("steps")?.hasSuffix("# c.json, line 1, column 73") == true)
    #expect(line("batch_size")?.hasSuffix("# default") == true)
    #expect(line("job_name")?.hasSuffix("# derived") == true)
    #expect(line("optimizer.lr")?.hasSuffix("# preset of the policy") == true)
    #expect(line("policy.chunk_size")?.contains("# c.json") == true)
  }
}
