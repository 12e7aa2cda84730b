import Foundation
import OrderedCollections

/// Completes a decoded configuration: the policy from its path, derived names, presets, and the
/// checks of the whole (LeRobot `TrainPipelineConfig.validate`, `PreTrainedConfig`'s
/// `__post_init__`).
struct ConfigResolution {
  var config: TrainPipelineConfig
  var origins: ConfigOrigins
  let machine: ConfigMachine
  let schema: ConfigSchema
  let line: CommandLineSplit
  /// Options of our own that the configuration file holds.
  let optionsOfFile: RawConfig
  /// Options of our own that were typed.
  let ownOptions: OrderedDictionary<String, GivenOption>
  /// The configuration file that was read.
  let trainFile: String?
  var warnings: [ConfigWarning]
  var issues: [ConfigIssue] = []
  var options = RunOptions()
  /// What `--policy.path=OWNER/NAME@REVISION` says.
  private(set) var writtenRevision: String?
  private(set) var remoteCheckpoint: RemoteCheckpoint?
  private(set) var optionOrigins = ConfigOrigins()

  /// - Throws: `ConfigError` with all that is wrong.
  mutating func resolve() throws(ConfigError) {
    if let path = line.policyPath {
      try loadPolicy(path, line.policyArguments)
    } else if config.resume {
      prepareResume(trainFile)
    }
    takeOwnOptions()
    checkPolicyParts()
    placeNewerPolicyFields()
    placeEnvironment()
    let given = origins
    chooseDevice()
    switch schema.purpose {
    case .training:
      nameRun()
      applyPresets()
      checkHub()
      checkSelection()
    case .evaluation:
      nameEvaluation()
      applyPresets()
    }
    guard issues.isEmpty else { throw ConfigError(issues) }
    guard schema.purpose == .training else { return }
    warnings += IgnoredOptions(config: config, origins: given, backend: options.backend).warnings
  }

  // MARK: - Policy

  /// The policy of `--policy.path`: its config.json, overridden by `--policy.x=…`, read as JSON.
  private mutating func loadPolicy(
    _ path: String, _ arguments: [String]
  ) throws(ConfigError) {
    if config.resume {
      issues.append(
        .conflictingOptions(
          "--resume=true", "--policy.path=\(path)",
          remedy: "leave one of them out: a resumed run has the policy of its checkpoint"))
    }
    noteReplacedPolicy(path)
    let (path, named) = (try policyFolder(path), "\(line.policyOption)=\(path)")
    let file: String
    do throws(ConfigIssue) {
      let typed = ownOptions[RunOptions.PolicyOptions.revisionOption]?.value
      file = try ConfigSource(machine: machine)
        .policyConfigFile(path, option: line.policyOption, revision: typed)
    } catch {
      throw ConfigError([error])
    }
    let policies = schema.policies
    let newer = schema.newer.inside(ConfigPath(["policy"]))
    var layers = ConfigLayers(machine: machine, newer: newer)
    try layers.addFile(file)
    let type = layers.takeType() ?? ""
    guard let record = policies[type]?.recordType else {
      throw ConfigError([
        .malformedFile(
          path: file,
          message: "type: \"\(type)\" is no policy; "
            + Suggestion.text(for: type, among: policies.names))
      ])
    }
    let parser = ArgumentParser(
      OptionTable(record, newer: newer), arguments, prefix: "policy.", policies: policies)
    guard parser.issues.isEmpty else { throw ConfigError(parser.issues) }
    try layers.addOptions(parser.given, parser.table, dialect: .json)
    let fields: OrderedDictionary<String, JSONValue>
    do throws(ConfigError) {
      fields = try layers.decoded(as: record)
    } catch {
      throw ConfigError(error.issues.map { $0.prefixed("policy.") })
    }
    config.policy = policies.policy(canonical: JSONValue.object(fields).tagged(type))
    warnings += parser.warnings + layers.warnings
    let policy = ConfigPath(["policy"])
    origins.remove(inside: policy)
    for place in layers.origins.listed {
      origins[ConfigPath(policy.keys + place.keys)] = layers.origins[place]
    }
    let repository = machine.files.kind(of: path) == nil ? RepositoryName(path) : nil
    writtenRevision = repository?.revision
    takeWeights(repository?.name ?? path.pythonPath, from: named)
  }

  /// The folder that `--policy.path` names; `--evaluate` may name a run or a checkpoint around it.
  private func policyFolder(_ path: String) throws(ConfigError) -> String {
    guard schema.purpose == .evaluation else { return path }
    do throws(ConfigIssue) {
      return try ConfigSource(machine: machine).evaluatedPolicy(path)
    } catch {
      throw ConfigError([error])
    }
  }

  /// The folder of the weights, which replaces one that was typed.
  private mutating func takeWeights(_ folder: String, from option: String) {
    let path = ConfigPath(["policy", "pretrained_path"])
    if origins.isListed(path), case .commandLine(let argument) = origins[path] {
      warnings.append(.replaced(option: argument, by: option))
    }
    config.policy?.common.pretrainedPath = folder
  }

  /// All other options of the policy are dropped.
  private mutating func noteReplacedPolicy(_ path: String) {
    guard config.policy != nil else { return }
    let place = ConfigPlace(path: ConfigPath(["policy"]), origin: origins[ConfigPath(["policy"])])
    warnings.append(
      .ignored(
        option: place.description, reason: "--policy.path=\(path) replaces the whole policy",
        remedy: "override its fields by options such as --policy.device=cpu"))
  }

  /// The available device, chosen as a policy's configuration chooses it.
  mutating func chooseDevice() {
    guard var common = config.policy?.common else { return }
    let asked = common.device
    if let asked, !asked.isEmpty, !asked.hasPrefix("cuda"), !["cpu", "mps", "xpu"].contains(asked) {
      let path = ConfigPath(["policy", "device"])
      issues.append(
        .invalidValue(
          ConfigPlace(path: path, origin: origins[path]), found: asked,
          expected: "cpu, cuda, cuda:N, mps or xpu", hint: nil))
      return
    }
    if asked == nil || asked == "" {
      common.device = machine.bestDevice
    } else if let asked, asked != "cpu", !machine.isAvailable(asked) {
      common.device = machine.bestDevice
      warnings.append(.deviceUnavailable(asked: asked, used: machine.bestDevice))
    }
    if common.usesAMP, common.device == "mps" {
      warnings.append(.mixedPrecisionUnavailable(device: "mps"))
      common.usesAMP = false
    }
    config.policy?.common = common
  }

  // MARK: - The run

  /// The checkpoint around `pretrained_model/train_config.json`, and the directory it lies in.
  private mutating func prepareResume(_ trainFile: String?) {
    guard let trainFile else {
      issues.append(
        .missingOption(
          option: "--resume=true",
          message: "needs the run to continue; give "
            + "--config_path=\((config.outputDirectory ?? "OUTPUT_DIR").shellQuoted)"))
      return
    }
    if let path = line.configPath, machine.files.kind(of: path) == nil {
      return prepareResume(ofRepository: path)
    }
    let weights = trainFile.pythonParent
    let checkpoint = weights.pythonParent
    takeWeights(weights, from: "--resume=true")
    config.checkpointPath = checkpoint
    // LeRobot writes to the old place even if the run was moved.
    let used = machine.files.resolved(checkpoint).pythonParent.pythonParent
    let path = ConfigPath(["output_dir"])
    if case .commandLine = origins[path] { return }
    guard let saved = config.outputDirectory, machine.files.resolved(saved) != used,
      checkpoint.pythonParent.hasSuffix("checkpoints")
    else { return }
    warnings.append(.movedRun(saved: saved, used: used))
    config.outputDirectory = used
  }

  /// The last checkpoint of a repository, which is downloaded into the output directory: the one that
  /// is typed, or else a new one (LeRobot 0.6 `configs/train.py`).
  private mutating func prepareResume(ofRepository path: String) {
    do throws(ConfigIssue) {
      let checkpoint = try ConfigSource(machine: machine).checkpoint(of: path, readAs: trainFile)
      remoteCheckpoint = checkpoint
      let output = ConfigPath(["output_dir"])
      var directory = "outputs/train/\(timestamp)_resume"
      if case .commandLine = origins[output], let typed = config.outputDirectory {
        directory = typed
      }
      config.outputDirectory = directory
      let folder = "\(directory.pythonPath)/\(checkpoint.folder)"
      config.checkpointPath = folder
      takeWeights("\(folder)/\(CheckpointLayout.pretrainedModel)", from: "--resume=true")
    } catch {
      issues.append(error)
    }
  }

  /// The options of our own that the resumed checkpoint saved.
  private var savedOptionsFile: String? {
    let source = ConfigSource(machine: machine)
    if let remoteCheckpoint { return source.runOptionsFile(of: remoteCheckpoint) }
    guard config.resume, let trainFile else { return nil }
    return source.runOptionsFile(besideWeights: trainFile.pythonParent)
  }

  /// The options of our own that were saved beside the weights which a run or an evaluation starts from.
  private var startingPointsOptionsFile: String? {
    guard !config.resume, let weights = config.policy?.common.pretrainedPath else { return nil }
    return ConfigSource(machine: machine).runOptionsFile(besideWeights: weights)
  }

  /// Options of our own: what the resumed checkpoint saved, or of another one what belongs to its
  /// policy; then the command line over it.
  private mutating func takeOwnOptions() {
    var layers = ConfigLayers(machine: machine)
    layers.addOwn(optionsOfFile)
    do throws(ConfigError) {
      if let file = startingPointsOptionsFile { try layers.addPolicyOptions(savedIn: file) }
      if let file = savedOptionsFile { try layers.addFile(file) }
      try layers.addOwnOptions(ownOptions, schema.table)
      let fields = try layers.decoded(as: schema.ownRecord)
      options = RunOptions(canonical: .object(fields)) ?? options
      options.policy.pretrainedRevision = writtenRevision ?? options.policy.pretrainedRevision
      optionOrigins = layers.origins
      warnings += layers.warnings
    } catch {
      issues += error.issues
    }
  }

  /// An environment that LeRobot does not know is saved with our own options, and comes back from them
  /// where the file beside them was not read: of a repository that the configuration says to resume.
  private mutating func placeEnvironment() {
    if let environment = config.environment {
      options.environment.own = environment.isOwn ? environment : nil
    } else if config.resume {
      config.environment = options.environment.own
    }
  }

  /// That the run measures what its checkpoints are compared by.
  private mutating func checkSelection() {
    guard options.selection.isAskedFor, let metric = options.selectionMetric else { return }
    let option = "--\(SelectionOptions.metricKey)=\(metric.rawValue)"
    if metric.isOfValidation, !options.validates {
      issues.append(
        .missingOption(
          option: option,
          message: "nothing is validated; add --eval_steps=1000 and --dataset.eval_split=0.1, say"))
    } else if metric.isOfAverage, !options.weightAverage.isEnabled {
      issues.append(
        .missingOption(option: option, message: "there is no such average; add --ema.enable=true"))
    } else if !metric.isOfValidation, config.evaluatedEnvironment == nil {
      issues.append(
        .missingOption(
          option: option,
          message: "no environment is evaluated; add --env.type, or validate on held-out frames by "
            + "--eval_steps=1000 --dataset.eval_split=0.1"))
    }
  }

  /// Job name and output directory.
  private mutating func nameRun() {
    guard let policy = config.policy else {
      issues.append(
        .missingOption(
          option: "--policy.type",
          message: "say what to train: --policy.type=act, or --policy.path=DIRECTORY to fine-tune"))
      return
    }
    guard let directory = nameJob(policy, in: "outputs/train"), !config.resume else { return }
    switch OutputDirectoryState(of: directory, files: machine.files) {
    case .free, .leftOver: break
    case .taken:
      let file = try? ConfigSource(machine: machine).trainConfigFile(directory)
      issues.append(.outputDirectoryExists(path: directory, resumable: file?.shellQuoted))
    case .file: issues.append(.outputDirectoryIsFile(path: directory))
    }
  }

  /// The job's name and a directory for it, where none is given.
  ///
  /// - Returns: the directory that was given.
  private mutating func nameJob(_ policy: PolicyConfig, in folder: String) -> String? {
    var job = config.jobName ?? ""
    if job == "" { job = (config.environment.map { "\($0.type)_" } ?? "") + policy.type }
    config.jobName = job
    if let directory = config.outputDirectory { return directory }
    config.outputDirectory = "\(folder)/\(timestamp)_\(job)".pythonPath
    return nil
  }

  /// Job name and output directory of an evaluation (LeRobot `configs/eval.py`).
  private mutating func nameEvaluation() {
    guard config.environment != nil else {
      issues.append(
        .missingOption(
          option: "--env.type",
          message: "the checkpoint names no environment; say where it acts: --env.type=pusht, say"))
      return
    }
    guard let policy = config.policy, let directory = nameJob(policy, in: "outputs/eval") else {
      return
    }
    switch machine.files.kind(of: directory) {
    case nil: break
    case .file: issues.append(.outputDirectoryIsFile(path: directory))
    case .directory:
      let result = "\(directory.pythonPath)/\(EvaluationDirectory.result)"
      guard machine.files.kind(of: result) != nil else { break }
      issues.append(.outputDirectoryExists(path: directory, resumable: nil))
    }
  }

  /// `2026-11-21/15-09-06`, in local time.
  private var timestamp: String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = machine.timeZone
    let parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second], from: machine.now)
    func digits(_ value: Int?, _ count: Int = 2) -> String {
      let text = String(value ?? 0)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return "\(digits(parts.year, 4))-\(digits(parts.month))-\(digits(parts.day))/"
      + "\(digits(parts.hour))-\(digits(parts.minute))-\(digits(parts.second))"
  }
}

extension String {
  /// `str(pathlib.Path(text).parent)`.
  var pythonParent: String {
    let path = pythonPath
    guard path != "." else { return "." }
    guard let slash = path.lastIndex(of: "/") else { return "." }
    let parent = String(path[..<slash])
    return parent.isEmpty ? "/" : parent
  }
}
