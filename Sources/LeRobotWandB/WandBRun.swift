import Foundation
import LeRobotCore
import LeRobotLogging

/// A run as Weights & Biases lists it.
struct WandBRun {
  typealias Field = WandBField

  let settings: WandBSettings
  /// The configuration, by its first keys.
  let config: JSONValue
  /// When this process began, in seconds since 1970.
  let startTime: Double
  let git: GitCommit?
  let host: String
  /// As the server knows it; nil until it has answered.
  var entity: String?

  /// The `RunRecord`.
  var message: ProtobufMessage {
    var run = ProtobufMessage()
    run.add(Field.Run.runID, settings.runID)
    if let entity = entity ?? settings.entity { run.add(Field.Run.entity, entity) }
    run.add(Field.Run.project, settings.project)
    run.add(Field.Run.config, configMessage)
    if let group = settings.group { run.add(Field.Run.runGroup, group) }
    run.add(Field.Run.jobType, WandBSettings.jobType)
    run.add(Field.Run.displayName, settings.name)
    if let notes = settings.notes { run.add(Field.Run.notes, notes) }
    for tag in settings.tags { run.add(Field.Run.tags, tag) }
    run.add(Field.Run.host, host)
    run.add(Field.Run.startTime, .timestamp(startTime))
    run.add(Field.Run.telemetry) { telemetry in
      telemetry.add(Field.Telemetry.cliVersion, Self.followedRelease)
      telemetry.add(Field.Telemetry.platform, "linux-x86_64")
    }
    if let git { run.add(Field.Run.git, git.message) }
    return run
  }

  /// The release of wandb whose records these are: servers ask it how to read them.
  private static let followedRelease = "0.21.4"

  private var configMessage: ProtobufMessage {
    var message = ProtobufMessage()
    func add(_ key: String, _ value: JSONValue) {
      message.add(Field.Config.update) { item in
        item.add(Field.Item.key, key)
        item.add(Field.Item.valueJSON, value.pythonText())
      }
    }
    add("_wandb", [:])
    for (key, value) in config.objectValue ?? [:] { add(key, value) }
    return message
  }
}

/// The commit of the checkout that a run was started in.
package struct GitCommit: Equatable {
  /// Without a name and a password.
  package var remote: String?
  package var commit: String

  package init(remote: String?, commit: String) {
    (self.remote, self.commit) = (remote, commit)
  }

  /// The checkout at or above a folder; nil where there is none.
  package init?(at folder: String) {
    var place: String? = folder
    while let candidate = place {
      if let git = Self.gitFolder(candidate), let commit = Self.commit(git) {
        self.init(remote: Self.remote(git), commit: commit)
        return
      }
      place = candidate == "/" ? nil : FileSystem.parent(of: candidate)
    }
    return nil
  }

  /// `.git`, or what a worktree's file of that name points at.
  private static func gitFolder(_ folder: String) -> String? {
    let path = folder == "/" ? "/.git" : "\(folder)/.git"
    if FileSystem.isDirectory(path) { return path }
    guard let line = (try? TextFile.read(path)), line.hasPrefix("gitdir: ") else { return nil }
    let target = line.dropFirst("gitdir: ".count).trimmingCharacters(in: .whitespacesAndNewlines)
    return target.hasPrefix("/") ? target : "\(folder)/\(target)"
  }

  /// Where a worktree's branches and settings are.
  private static func common(_ git: String) -> String {
    guard let line = try? TextFile.read("\(git)/commondir") else { return git }
    let target = line.trimmingCharacters(in: .whitespacesAndNewlines)
    return target.hasPrefix("/") ? target : "\(git)/\(target)"
  }

  private static func commit(_ git: String) -> String? {
    guard let head = try? TextFile.read("\(git)/HEAD") else { return nil }
    let line = head.trimmingCharacters(in: .whitespacesAndNewlines)
    guard line.hasPrefix("ref: ") else { return line }
    let name = line.dropFirst("ref: ".count)
    let folder = common(git)
    if let commit = try? TextFile.read("\(folder)/\(name)") {
      return commit.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let packed = (try? TextFile.read("\(folder)/packed-refs")) ?? ""
    let entry = packed.split(separator: "\n").first { $0.hasSuffix(" \(name)") }
    return entry.map { String($0.prefix { $0 != " " }) }
  }

  private static func remote(_ git: String) -> String? {
    let text = (try? TextFile.read("\(common(git))/config")) ?? ""
    var isOrigin = false
    for line in text.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
      if line.hasPrefix("[") { isOrigin = line == #"[remote "origin"]"# }
      let sides = line.split(separator: "=", maxSplits: 1)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      if isOrigin, sides.count == 2, sides[0] == "url" { return withoutSecrets(sides[1]) }
    }
    return nil
  }

  private static func withoutSecrets(_ url: String) -> String {
    guard var parts = URLComponents(string: url), parts.scheme != nil else { return url }
    (parts.user, parts.password) = (nil, nil)
    return parts.string ?? url
  }

  var message: ProtobufMessage {
    var message = ProtobufMessage()
    if let remote { message.add(WandBField.Git.remoteURL, remote) }
    message.add(WandBField.Git.commit, commit)
    return message
  }
}
