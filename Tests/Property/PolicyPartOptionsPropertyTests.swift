import Foundation
import LeRobotCore
import LeRobotText
import Support
import Testing

@testable import LeRobotTraining

/// `--policy_sizes` and `--tokenizer_path`: what options put in the place of a policy's own.
struct PolicyPartOptionsPropertyTests {
  private static let sizes: JSONValue = ["vocab_size": 800, "vision": ["hidden_size": 24]]
  private static let base = [
    "--dataset.repo_id=a/b", "--policy.type=pi05", "--policy.push_to_hub=false",
  ]
  private static let checkpoint = "/run/checkpoints/000003"
  private static let files = [
    "/sizes.json": sizes.pythonText(), "/other.json": #"{"vocab_size": 7}"#,
    "/cut.json": #"{"vocab_size": 8"#, "/list.json": "[1]", "/tokens/tokenizer.json": "{}",
    "\(checkpoint)/pretrained_model/train_config.json": #"""
    {"dataset": {"repo_id": "a/b"}, "policy": {"type": "pi05", "push_to_hub": false},
     "optimizer": {"type": "adamw"}}
    """#,
    "\(checkpoint)/pretrained_model/config.json": #"{"type": "pi05", "push_to_hub": false}"#,
    "\(checkpoint)/training_state/run_options.json": #"""
    {"keep_checkpoints": 3, "tokenizer_path": "/tokens",
     "policy_sizes": {"vocab_size": 800, "vision": {"hidden_size": 24}}}
    """#,
  ]

  private func load(_ arguments: [String]) throws -> LoadedConfig {
    try ConfigLoader.load(arguments: arguments, machine: .forTests(files: Self.files))
  }

  private func error(_ arguments: [String]) -> String? {
    let error = #expect(throws: ConfigError.self) { try load(arguments) }
    return error?.description
  }

  @Test func theContentOfTheFileIsTakenAndSaved() throws {
    let loaded = try load(Self.base + ["--policy_sizes=/sizes.json", "--tokenizer_path=/tokens"])
    #expect(loaded.options.policySizes == Self.sizes)
    #expect(loaded.options.saved["policy_sizes"] == Self.sizes)
    #expect(loaded.options.saved["tokenizer_path"] == "/tokens")
    let text = loaded.config.json.pythonText()
    #expect(!text.contains("sizes") && !text.contains("tokenizer_path"))
    let report = ConfigReport.text(loaded)
    #expect(report.contains("# command line: --policy_sizes=/sizes.json"), "\(report)")
    #expect(try load(Self.base).options.policySizes == nil)
  }

  @Test func aResumedRunHasThem() throws {
    let resumed = ["--resume=true", "--config_path=/run"]
    let loaded = try load(resumed)
    #expect(loaded.options.policySizes == Self.sizes)
    #expect(loaded.options.tokenizerPath == "/tokens")
    // Another file replaces what was saved, with all that is in it.
    let other = try load(resumed + ["--policy_sizes=/other.json", "--tokenizer_path=null"])
    #expect(other.options.policySizes == ["vocab_size": 7])
    #expect(other.options.tokenizerPath == nil && other.options.keptCheckpoints == 3)
    #expect(try load(resumed + ["--policy_sizes=null"]).options.policySizes == nil)
  }

  /// Of the options that the checkpoint's training saved these alone are the policy's.
  @Test func aFineTunedPolicyHasThem() throws {
    let arguments = [
      "--dataset.repo_id=a/b", "--policy.path=\(Self.checkpoint)/pretrained_model",
    ]
    let loaded = try load(arguments)
    #expect(loaded.options.policySizes == Self.sizes)
    #expect(loaded.options.tokenizerPath == "/tokens")
    #expect(loaded.options.keptCheckpoints == nil)
    let other = try load(arguments + ["--policy_sizes=/other.json"])
    #expect(other.options.policySizes == ["vocab_size": 7])
  }

  @Test(arguments: ["/run", checkpoint])
  func anEvaluatedPolicyHasThem(path: String) throws {
    let invocation = try Invocation(
      arguments: ["--evaluate=\(path)", "--env.type=pusht"],
      machine: .forTests(files: Self.files))
    guard case .evaluate(let loaded) = invocation else {
      Issue.record("nothing is evaluated")
      return
    }
    #expect(loaded.options.policySizes == Self.sizes)
    #expect(loaded.options.tokenizerPath == "/tokens")
  }

  @Test(arguments: [
    ("--policy_sizes=/none.json", "/none.json: no such file; give --policy_sizes a JSON file"),
    (
      "--policy_sizes=/cut.json",
      #"/cut.json: line 1, column 17: expected "," or "}", but the text ends here; "#
        + "--policy_sizes takes a file with a dictionary in JSON"
    ),
    (
      "--policy_sizes=/list.json",
      "/list.json: expected a dictionary of options, found a list; --policy_sizes takes a file with a "
        + "dictionary in JSON"
    ),
    (
      "--tokenizer_path=/none",
      "--tokenizer_path=/none: there is no folder /none; give one with tokenizer.json and "
        + "tokenizer_config.json"
    ),
  ])
  func whatIsNotThereIsALine(option: String, message: String) {
    #expect(error(Self.base + [option]) == message)
  }

  @Test(arguments: [
    ("act", "--policy_sizes=/sizes.json", "act has no sizes to change; leave it out"),
    ("smolvla", "--policy_sizes=/sizes.json", "smolvla has no sizes to change; leave it out"),
    ("act", "--tokenizer_path=/tokens", "act reads no text; leave it out"),
  ])
  func aPolicyWithoutSuchAPartRefusesIt(policy: String, option: String, message: String) {
    let base = ["--dataset.repo_id=a/b", "--policy.type=\(policy)", "--policy.push_to_hub=false"]
    #expect(error(base + [option]) == "\(option): \(message)")
  }

  @Test func theTokenizersFolderTakesThePlaceOfTheName() throws {
    let folder = RepositoryFiles.fixtures.appending(path: "models/smolvlm").path
    let tokenizers = TokenizerStore(TokenizerSource(CacheFolders([:]), NoRemoteFiles()))
    var resources = ResourceStore(NoRemoteFiles()) { (name) throws(ProcessorError) in
      try tokenizers.encoder(name)
    }
    #expect(throws: ProcessorError.self) { try resources.encoder("no/such") }
    resources.tokenizerPath = folder
    #expect(try resources.encoder("no/such").idCount == Tokenizer(folder: folder).idCount)
    let step = try TokenizerStep(
      "no/such", TokenLayout(maximum: 9, padding: .longest), resources: resources)
    // Files keep the name that the policy gives.
    #expect(step.configuration["tokenizer_name"] == "no/such")
  }
}
