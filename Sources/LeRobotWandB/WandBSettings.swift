import Foundation
import LeRobotCore

/// How a run is logged to Weights & Biases: `--wandb.*`, and what the environment adds
/// (LeRobot `rl/wandb_utils.py`, `WandBLogger`).
package struct WandBSettings: Sendable, CustomReflectable {
  package enum Mode: Sendable, Equatable {
    /// The file is written and wandb-core uploads beside the training.
    case online
    /// The file alone is written.
    case offline
  }

  package let mode: Mode
  package let project: String
  package let entity: String?
  package let group: String?
  package let notes: String?
  package let runID: String
  /// Whether the run must be there already.
  package let isResumed: Bool
  /// The job's.
  package let name: String
  /// Policy, seed, dataset, environment, whole.
  package let fullTags: [String]
  package let sendsArtifacts: Bool
  package let server: String
  /// Seconds between two measurements of the machine.
  let measurementInterval: Double
  /// Nil where none is found; never printed.
  package let apiKey: String?

  /// Whether the server can be spoken to.
  package var hasKey: Bool { apiKey != nil }

  static let jobType = "train_eval"

  /// The longest tag that the server takes.
  package static let tagLimit = 64

  private let addsTags: Bool

  /// As they are sent: LeRobot's whole ones, where one is longer, end the run with an error.
  package var tags: [String] {
    addsTags ? fullTags.map { String($0.prefix(Self.tagLimit)) } : []
  }

  /// Without the key.
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// - Parameters:
  ///   - config: of the run, as LeRobot's logger is given it.
  ///   - folder: of the run's W&B files, where a resumed run looks for its name.
  /// - Returns: nil where nothing is logged.
  package init?(
    _ config: TrainPipelineConfig, _ options: RunOptions.WandBOptions,
    _ environment: [String: String], folder: String
  ) {
    guard Self.isOn(config.wandb) else { return nil }
    let chosen = Self.mode(config.wandb, environment)
    guard chosen != "disabled" else { return nil }
    mode = chosen == "offline" || chosen == "dryrun" ? .offline : .online
    func variable(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    project = config.wandb.project
    entity = config.wandb.entity ?? variable("WANDB_ENTITY")
    group = variable("WANDB_RUN_GROUP")
    notes = config.wandb.notes ?? variable("WANDB_NOTES")
    name = config.jobName ?? ""
    fullTags = Self.tags(config)
    addsTags = options.addsTags
    measurementInterval =
      variable("WANDB_X_STATS_SAMPLING_INTERVAL").flatMap { Double($0) }
      .flatMap { $0 > 0 ? $0 : nil } ?? SystemMetrics.interval
    sendsArtifacts = !config.wandb.disablesArtifact
    let earlier = config.resume ? config.wandb.runID ?? Self.latestRun(in: folder) : nil
    isResumed = earlier != nil
    runID =
      earlier ?? config.wandb.runID ?? variable("WANDB_RUN_ID") ?? Self.randomName(length: 8)
    server = FileSystem.trimmed(variable("WANDB_BASE_URL") ?? Self.publicServer)
    apiKey =
      variable("WANDB_API_KEY")
      ?? NetrcFile(environment)?.password(of: URL(string: server)?.host ?? "")
  }

  private static let publicServer = "https://api.wandb.ai"

  /// Whether a run is logged; an empty project switches it off.
  private static func isOn(_ config: WandBConfig) -> Bool {
    config.enable && !config.project.isEmpty
  }

  /// `WANDB_MODE` counts where `--wandb.mode` is absent; LeRobot takes no notice of it.
  private static func mode(_ config: WandBConfig, _ environment: [String: String]) -> String {
    let known = ["online", "offline", "disabled"]
    if let mode = config.mode { return known.contains(mode) ? mode : "online" }
    return environment["WANDB_MODE"]?.lowercased() ?? "online"
  }

  private static func tags(_ config: TrainPipelineConfig) -> [String] {
    let seed = config.seed.map(String.init) ?? "None"
    var tags = [
      "policy:\(config.policy?.type ?? "")", "seed:\(seed)",
      "dataset:\(config.dataset.repositoryID)",
    ]
    if let environment = config.environment { tags.append("env:\(environment.type)") }
    return tags
  }

  /// The run that `latest-run` belongs to; nil where there is none.
  private static func latestRun(in folder: String) -> String? {
    let names = (try? FileSystem.list("\(folder)/latest-run")) ?? []
    let files = names.compactMap { $0.wholeMatch(of: /run-([^.]+)\.wandb/) }
    return files.first.map { String($0.1) }
  }

  /// Lower-case letters and digits.
  static func randomName(length: Int) -> String {
    let characters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    var generator = SystemRandomNumberGenerator()
    return String((0..<length).map { _ in characters.randomElement(using: &generator)! })
  }

  /// The page of the run.
  func page(entity: String) -> String {
    let site = server == Self.publicServer ? "https://wandb.ai" : server
    return "\(site)/\(entity)/\(project)/runs/\(runID)"
  }
}

/// The names and passwords that a user keeps in `~/.netrc`.
struct NetrcFile {
  private let words: [Substring]

  /// - Returns: nil where there is no such file.
  init?(_ environment: [String: String]) {
    let home = environment["HOME"] ?? NSHomeDirectory()
    let paths = [environment["NETRC"], "\(home)/.netrc", "\(home)/_netrc"].compactMap(\.self)
    guard let text = paths.lazy.compactMap({ try? TextFile.read($0) }).first else { return nil }
    words = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .flatMap { $0.split(whereSeparator: \.isWhitespace) }
  }

  func password(of host: String) -> String? {
    var isThere = false
    for (word, next) in zip(words, words.dropFirst()) {
      if word == "machine" { isThere = next == host }
      if word == "password", isThere { return String(next) }
    }
    return nil
  }
}
