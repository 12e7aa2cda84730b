import LeRobotCore
import LeRobotText
import Support
import Testing

/// The processor steps that turn tasks into tokens, and what a policy learns of its language model.
@Suite struct TextStepPropertyTests {
  private static let model = RepositoryFiles.fixtures.appending(path: "models/smolvlm").path
  private static let tasks = ["Push the block", "Pick up 12 balls\n", "", "to the end\r\n"]

  private func step(_ layout: TokenLayout) throws -> TokenizerStep {
    try TokenizerStep(Self.model, layout, resources: .repository)
  }

  @Test func aTaskEndsWithOneLineBreak() {
    let batch = SmolVLANewLineStep()(Batch(tasks: Self.tasks + ["a\n\n"]))
    #expect(
      batch.tasks
        == ["Push the block\n", "Pick up 12 balls\n", "\n", "to the end\r\n", "a\n\n"])
  }

  @Test(arguments: [TokenLayout.Padding.longest, .maximum])
  func tokensAreTheTokenizers(padding: TokenLayout.Padding) throws {
    let layout = TokenLayout(maximum: 9, padding: padding, paddingSide: .left)
    let batch = try step(layout)(
      Batch(tensors: ["index": HostTensor([1], shape: [1])], tasks: Self.tasks))
    let expected = try Tokenizer(folder: Self.model).batch(Self.tasks, layout)
    let shape = [Self.tasks.count, expected.columnCount]
    #expect(batch["observation.language.tokens"] == HostTensor(expected.ids, shape: shape))
    #expect(batch["observation.language.attention_mask"] == HostTensor(expected.mask, shape: shape))
    #expect(batch["index"] == HostTensor([1], shape: [1]) && batch.tasks == Self.tasks)
    #expect(expected.mask.contains(false))
  }

  @Test func samplesWithoutATaskAreRefused() throws {
    let step = try step(TokenLayout(maximum: 9, padding: .longest))
    #expect(throws: ProcessorError.noTask(step: "tokenizer_processor")) { try step(Batch()) }
  }

  @Test func stepsAreReadBackAsTheyWereWritten() throws {
    let folder = try TemporaryFolder()
    let layout = TokenLayout(maximum: 31, truncates: false, padding: .maximum, paddingSide: .left)
    let pipeline = ProcessorPipeline(
      name: "policy_preprocessor", steps: [SmolVLANewLineStep(), try step(layout)])
    _ = try folder.write(Array(pipeline.jsonText.utf8), to: pipeline.fileName)
    let read = try ProcessorPipeline(
      folder: folder.path, name: pipeline.name, resources: .repository)
    #expect(read == pipeline && read.jsonText == pipeline.jsonText)
  }

  /// Fields that another writer may have left out, or filled otherwise.
  @Test(arguments: [
    (#""tokenizer_name": null"#, "tokenizer_name"), (#""task_key": "goal""#, "task_key"),
    (#""padding": "do_not_pad""#, "padding"), (#""padding_side": "top""#, "padding_side"),
    (#""max_length": 0"#, "max_length"),
  ])
  func aFieldThatCannotBeUsedIsNamed(entry: String, field: String) throws {
    let folder = try TemporaryFolder()
    let fields = #"{"tokenizer_name": "\#(Self.model)", \#(entry)}"#
    let steps = #"{"steps": [{"registry_name": "tokenizer_processor", "config": \#(fields)}]}"#
    _ = try folder.write(Array(steps.utf8), to: "p.json")
    let error = #expect(throws: ProcessorError.self) {
      try ProcessorPipeline(folder: folder.path, name: "p", resources: .repository)
    }
    #expect(
      error?.description.contains("config.\(field): expected") == true,
      "\(String(describing: error))")
  }

  // MARK: - SmolVLA's

  private static func config() -> SmolVLAConfig {
    var config = SmolVLAConfig()
    config.visionLanguageModel = model
    return config
  }

  @Test func itsStepsHaveLeRobotsOrder() throws {
    let processors = try Self.config().makeProcessors(
      ProcessorContext(statistics: [:], resources: .repository))
    #expect(
      processors.preprocessor.steps.map { type(of: $0).registryName } == [
        "rename_observations_processor", "to_batch_processor", "smolvla_new_line_processor",
        "tokenizer_processor", "device_processor", "normalizer_processor",
      ])
    var config = Self.config()
    config.languagePadding = "shortest"
    #expect(config.problems.map(\.key) == ["pad_language_to"])
    #expect(
      config.problems.first?.message
        == "shortest is unknown; choose one of longest, max_length")
  }

  @Test func itReadsItsLanguageModelsSizesAndTokens() throws {
    var config = Self.config()
    try config.readParts(.repository)
    let parts = try #require(config.parts)
    let tokenizer = try Tokenizer(folder: Self.model)
    #expect(parts.model.text.vocabularySize == tokenizer.idCount)
    #expect(parts.fakeToken == tokenizer.id(of: "<fake_token_around_image>"))
    #expect(parts.globalToken == tokenizer.id(of: "<global-img>") && parts.globalToken != nil)
  }

  @Test func aTokenizerOfAnotherModelIsRefused() throws {
    let folder = try TemporaryFolder()
    for file in try FileSystem.list(Self.model) {
      var text = try TextFile.read("\(Self.model)/\(file)")
      if file == "config.json" {
        let range = try #require(text.range(of: #""vocab_size": "#))
        text.replaceSubrange(range, with: #""vocab_size": 3, "old": "#)
      }
      _ = try folder.write(Array(text.utf8), to: file)
    }
    var config = Self.config()
    config.visionLanguageModel = folder.path
    let error = #expect(throws: PolicyConfigError.self) { try config.readParts(.repository) }
    #expect(
      error?.description.contains("its text_config.vocab_size is 3; use the files of one") == true)
  }

  @Test(arguments: ["", "{", "[]"]) func aDamagedConfigurationIsALine(text: String) throws {
    let folder = try TemporaryFolder()
    if !text.isEmpty { _ = try folder.write(Array(text.utf8), to: "config.json") }
    var config = Self.config()
    config.visionLanguageModel = folder.path
    let error = #expect(throws: (any Error).self) { try config.readParts(.repository) }
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains("config.json") && !words.contains("\n"), "\(words)")
  }
}
