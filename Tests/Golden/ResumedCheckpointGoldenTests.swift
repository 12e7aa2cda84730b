import Fast
import Foundation
import LeRobotCore
import Reference
import Support
import Testing

/// The regression suite: complete checkpoints of tiny policies by LeRobot 0.4.2, what it makes of a
/// stored batch with them, and what it writes after one more step
/// (`Fixtures/generate/act_checkpoints.py`, `diffusion_checkpoints.py`, `smolvla_checkpoints.py`,
/// `pi_checkpoints.py`).
@Suite(.serialized) struct ResumedCheckpointGoldenTests {
  /// Policy and kind of checkpoint.
  private static let names = [
    "act/adamw", "act/adam", "act/sgd", "act/no_vae", "diffusion/adam", "tdmpc/adam",
    "smolvla/expert", "smolvla/everything", "pi/pi0", "pi/pi05",
  ]
  private static let backends = ["fast", "reference"]
  private static let steps = 3

  private static func stored(_ kind: String, _ name: String) -> String {
    let parts = name.split(separator: "/")
    return RepositoryFiles.fixtures.appending(path: "policies/\(parts[0])/\(kind)_\(parts[1])").path
  }

  // MARK: - One more step

  @Test(arguments: names, backends)
  func oneStepLaterTheCheckpointIsLeRobots(name: String, backend: String) throws {
    let run = try TinyRun()
    try run.take(Self.stored("checkpoint", name), step: Self.steps)
    let done = try run.resume(
      Self.steps, to: Self.steps + 1,
      ["--backend=\(backend)"] + (name.hasPrefix("pi/") ? TrainingProgram.narrowPI : []))
    try #require(done.status == 0, "\(done.output)")
    var written = try contents(of: run.checkpoint(Self.steps + 1))
    // What this program writes beside LeRobot's files.
    for file in [
      "pretrained_model/README.md", "training_state/resume_state.safetensors",
      "training_state/run_options.json",
    ] {
      #expect(written.removeValue(forKey: file) != nil, "\(file)")
    }
    let expected = try contents(of: Self.stored("resumed", name))
    #expect(written.keys.sorted() == expected.keys.sorted())
    for (file, bytes) in expected {
      let found = written[file] ?? Data()
      let isComputed = ["model.safetensors", "optimizer_state.safetensors"].contains {
        file.hasSuffix($0)
      }
      guard isComputed else {
        // Generators included: both drew the same number of masks, noise and permutations.
        #expect(found == bytes, "\(file)")
        continue
      }
      #expect(header(found) == header(bytes), "\(file)")
      try expectClose(
        "\(Self.stored("resumed", name))/\(file)", "\(run.checkpoint(Self.steps + 1))/\(file)")
    }
  }

  /// The length and the JSON in front of a safetensors file's elements.
  private func header(_ file: Data) -> Data {
    let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    return file.prefix(8 + length)
  }

  /// Holds two files' tensors against each other; rounding in float32 is all that differs.
  private func expectClose(_ expected: String, _ found: String) throws {
    let ours = try SafetensorsFile(path: found).tensors()
    for (name, tensor) in try SafetensorsFile(path: expected).tensors() {
      if isOfUnreadQueries(name, expected) { continue }
      let (a, b) = (tensor.doubles, try #require(ours[name]).doubles)
      // A key bias, and a bias before a norm of single channels, has no gradient but rounding, of
      // which Adam makes steps of any size up to η.
      let loose =
        name.hasSuffix("in_proj_bias")
        ? a.count / 3..<2 * a.count / 3
        : name.hasSuffix("final_conv.0.block.0.bias") ? a.indices : 0..<0
      let looseMessage = mismatch(Array(a[loose]), Array(b[loose]), relative: 0, absolute: 1e-5)
      #expect(looseMessage == nil, "\(loose) of \(name)")
      func others(_ x: [Double]) -> [Double] { x.indices.map { loose.contains($0) ? 0 : x[$0] } }
      let message = mismatch(others(a), others(b), relative: 1e-5, absolute: 1e-8)
      #expect(message == nil, "\(name)")
    }
  }

  /// The last layer of π₀'s text model: LeRobot lets its queries, which nothing reads, decay (Q-PI-7).
  private func isOfUnreadQueries(_ name: String, _ file: String) -> Bool {
    file.contains("/pi/")
      && (name.hasSuffix("language_model.layers.1.self_attn.q_proj.weight")
        || name.hasPrefix("state/33/"))
  }

  /// Under the names of its options, with one note on what is new in its file.
  @Test(arguments: ["act/0_6_1", "diffusion/0_6_1"], backends)
  func aRunOfANewerLeRobotGoesOn(name: String, backend: String) throws {
    let run = try TinyRun()
    try run.take(Self.stored("checkpoint", name), step: Self.steps)
    let done = try run.resume(Self.steps, to: Self.steps + 2, ["--backend=\(backend)"])
    try #require(done.status == 0, "\(done.output)")
    #expect(done.output.components(separatedBy: "a newer LeRobot wrote it").count == 2)
    let written = try String(
      contentsOfFile: "\(run.checkpoint(Self.steps + 2))/pretrained_model/train_config.json",
      encoding: .utf8)
    #expect(written.contains("\"eval_freq\": 0") && !written.contains("prefetch_factor"))
  }

  // MARK: - A stored batch

  /// Checkpoints of LeRobot 0.6.1 too, whose ACT divides the L1 loss by the actions that are there;
  /// its golden holds the loss that 0.4.2 would have had.
  @Test(arguments: names + ["act/0_6_1", "diffusion/0_6_1"], backends) @TorchThread
  func lossAndActionOfAStoredBatchAreLeRobots(name: String, backend: String) throws {
    let checkpoint = try Checkpoint.open(Self.stored("checkpoint", name))
    let answers = try SafetensorsFile(path: Self.stored("answers", name) + ".safetensors").tensors()
    let engine: any Backend =
      backend == "fast"
      ? try FastBackend(device: "cpu")
      : ReferenceBackend { throw MissingGolden(name: $0.name, key: "") }
    let learner = try engine.makeLearner(
      policy: PolicyConfig(of: checkpoint), optimizer: .adamW(AdamOptions(weightDecay: 0)))
    let names = try learner.loadWeights(from: checkpoint.weights())
    #expect(names.missing.isEmpty && names.unexpected.isEmpty)
    func restoreGenerators() throws {
      let random = try checkpoint.readTrainingState().random
      try engine.setRandomState(random.torch)
      engine.numPy.generator.engine = random.numPyEngine
    }
    try restoreGenerators()
    let processors = try checkpoint.processors(resources: .repository)
    let batch = try processors.preprocess(self.batch(answers, "batch/"))
    let hasNewest = answers.keys.contains { $0.hasPrefix("newest/") }
    let shown = try hasNewest ? processors.preprocess(self.batch(answers, "newest/")) : batch
    let action = try processors.postprocess(learner.selectAction(shown))
    // Steps of π₀.₅'s walk add up LeRobot's rounding; both engines here agree to 1e-7.
    let bound = name == "pi/pi05" ? 2e-5 : 1e-5
    expectClose(try answer("action", answers), action.doubles, "action", within: bound)
    try restoreGenerators()
    let result = try learner.update(batch, learningRates: learner.initialLearningRates)
    // π₀ lists its loss once more for each number of an action, which LeRobot logs nowhere.
    let others = ["loss", "loss_042", "grad_norm", "action", "loss_per_dim"]
    let parts = answers.keys.filter { !$0.contains("/") && !others.contains($0) }
    #expect(result.parts.keys.sorted() == parts.sorted())
    if answers["loss_042"] != nil {
      return expectClose(try answer("loss_042", answers), [result.loss], "loss")
    }
    expectClose(try answer("loss", answers), [result.loss], "loss")
    expectClose(try answer("grad_norm", answers), [result.gradientNorm], "gradient norm")
    for (part, value) in result.parts {
      // LeRobot lists TD-MPC's advantage of every sample (Q-TDMPC-11).
      let numbers = try answer(part, answers)
      expectClose([numbers.reduce(0, +) / Double(numbers.count)], [value], part)
    }
  }

  private func batch(_ answers: NamedTensors, _ folder: String) -> Batch {
    var batch = Batch(tasks: Array(repeating: "reach", count: 4))
    for (key, tensor) in answers where key.hasPrefix(folder) {
      batch[String(key.dropFirst(folder.count))] = tensor
    }
    return batch
  }

  private func answer(_ key: String, _ answers: NamedTensors) throws -> [Double] {
    try #require(answers[key]).doubles
  }

  private func expectClose(
    _ expected: [Double], _ found: [Double], _ what: String, within bound: Double = 1e-5
  ) {
    let message = mismatch(expected, found, relative: bound)
    #expect(message == nil, "\(what)")
  }
}
