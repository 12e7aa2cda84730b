import LeRobotCore
import OrderedCollections

/// What a run is and where it ran: what `metrics.jsonl` does not say. It is kept as `run.json` in the
/// run's folder, so that the run can be shown by another process, or later.
package struct RunDescription: Sendable, Equatable {
  /// `--job_name`.
  package var name: String
  /// Steps of the whole run.
  package var steps: Int
  /// Of one rank.
  package var batchSize: Int
  /// Ranks that train together.
  package var worldSize: Int
  package var frameCount: Int
  package var episodeCount: Int
  /// Parameters that are trained, and all of them, counted in scalars.
  package var learnableCount: Int
  package var parameterCount: Int
  /// The names of the parameter groups, each with a learning rate of its own.
  package var parameterGroups: [String]
  /// As `train_config.json` holds it.
  package var config: JSONValue
  /// Every field with its value and where that came from.
  package var settings: [ConfigSetting]
  /// Of the program and of what it computes with.
  package var versions: OrderedDictionary<String, String>
  package var machine: MachineDescription
  /// The processes that trained, the first one first.
  package var processes: [RunProcess]

  package init(
    name: String, steps: Int, batchSize: Int, worldSize: Int = 1, frameCount: Int,
    episodeCount: Int, learnableCount: Int, parameterCount: Int, parameterGroups: [String] = [],
    config: JSONValue = [:], settings: [ConfigSetting] = [],
    versions: OrderedDictionary<String, String> = [:],
    machine: MachineDescription = MachineDescription(), processes: [RunProcess] = []
  ) {
    self.name = name
    self.steps = steps
    self.batchSize = batchSize
    self.worldSize = worldSize
    self.frameCount = frameCount
    self.episodeCount = episodeCount
    self.learnableCount = learnableCount
    self.parameterCount = parameterCount
    self.parameterGroups = parameterGroups
    self.config = config
    self.settings = settings
    self.versions = versions
    self.machine = machine
    self.processes = processes
  }

  /// When the run began, in seconds since 1970.
  package var began: Double? { processes.first?.began }
  /// Steps between two log lines.
  package var logFrequency: Int { config["log_freq"]?.intValue ?? 0 }
  package var policy: String { config["policy"]?["type"]?.stringValue ?? "" }
  package var dataset: String { config["dataset"]?["repo_id"]?.stringValue ?? "" }
}

/// A process that trained a run, or a part of it.
package struct RunProcess: Sendable, Equatable {
  /// Seconds since 1970.
  package var began: Double
  /// Steps that were done before.
  package var firstStep: Int
  /// The command line, the program's name first.
  package var command: [String]
  package var identity: ProcessIdentity
  /// How it ended; nil while it runs, and for one that was killed.
  package var ending: Ending?

  /// How a process ended.
  package struct Ending: Sendable, Equatable {
    /// `finished`, `interrupted` or `failed`.
    package var kind: String
    package var step: Int
    /// Seconds since 1970.
    package var time: Double

    package init(kind: String, step: Int, time: Double) {
      (self.kind, self.step, self.time) = (kind, step, time)
    }
  }

  package init(
    began: Double, firstStep: Int, command: [String], identity: ProcessIdentity,
    ending: Ending? = nil
  ) {
    self.began = began
    self.firstStep = firstStep
    self.command = command
    self.identity = identity
    self.ending = ending
  }
}

// MARK: - run.json

extension RunDescription {
  package var json: JSONValue {
    let settings = settings.map { setting -> JSONValue in
      [.string(setting.option), setting.value, .string(setting.origin)]
    }
    return [
      "name": .string(name), "steps": .int(steps), "batch_size": .int(batchSize),
      "world_size": .int(worldSize), "frames": .int(frameCount), "episodes": .int(episodeCount),
      "learnable_parameters": .int(learnableCount), "parameters": .int(parameterCount),
      "parameter_groups": .array(parameterGroups.map(JSONValue.string)),
      "versions": .object(versions.mapValues(JSONValue.string)), "machine": machine.json,
      "processes": .array(processes.map(\.json)), "config": config,
      "settings": .array(settings),
    ]
  }

  /// - Returns: nil for what describes no run. A field that is missing is empty.
  package init?(_ json: JSONValue) {
    guard let steps = json["steps"]?.intValue, let name = json["name"]?.stringValue else {
      return nil
    }
    func count(_ key: String) -> Int { json[key]?.intValue ?? 0 }
    self.init(
      name: name, steps: steps, batchSize: count("batch_size"), worldSize: count("world_size"),
      frameCount: count("frames"), episodeCount: count("episodes"),
      learnableCount: count("learnable_parameters"), parameterCount: count("parameters"),
      parameterGroups: json["parameter_groups"]?.arrayValue?.compactMap(\.stringValue) ?? [],
      config: json["config"] ?? [:],
      settings: (json["settings"]?.arrayValue ?? []).compactMap(ConfigSetting.init),
      versions: (json["versions"]?.objectValue ?? [:]).compactMapValues(\.stringValue),
      machine: MachineDescription(json["machine"] ?? [:]),
      processes: (json["processes"]?.arrayValue ?? []).compactMap(RunProcess.init))
  }
}

extension ConfigSetting {
  /// Option, value, origin.
  fileprivate init?(_ json: JSONValue) {
    guard let option = json[0]?.stringValue, let value = json[1], let origin = json[2]?.stringValue
    else { return nil }
    self.init(option: option, value: value, origin: origin)
  }
}

extension RunProcess {
  fileprivate var json: JSONValue {
    var ending = JSONValue.null
    if let end = self.ending {
      ending = ["kind": .string(end.kind), "step": .int(end.step), "time": .double(end.time)]
    }
    return [
      "began": .double(began), "first_step": .int(firstStep),
      "command": .array(command.map(JSONValue.string)), "identity": identity.json,
      "ending": ending,
    ]
  }

  fileprivate init?(_ json: JSONValue) {
    guard let began = json["began"]?.doubleValue else { return nil }
    let end = json["ending"]
    self.init(
      began: began, firstStep: json["first_step"]?.intValue ?? 0,
      command: json["command"]?.arrayValue?.compactMap(\.stringValue) ?? [],
      identity: ProcessIdentity(json["identity"] ?? [:]),
      ending: end?["kind"]?.stringValue.map {
        Ending(
          kind: $0, step: end?["step"]?.intValue ?? 0, time: end?["time"]?.doubleValue ?? began)
      })
  }
}
