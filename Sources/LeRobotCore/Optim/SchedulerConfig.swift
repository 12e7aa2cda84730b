/// A learning-rate schedule and its options (LeRobot `optim/schedulers.py`).
package enum SchedulerConfig: Sendable, Equatable {
  /// One of diffusers' schedules, by name.
  case diffuser(name: String, warmupSteps: Int?)
  case vqbet(warmupSteps: Int, vqvaeTrainingSteps: Int, cycles: Double)
  case cosineDecayWithWarmup(
    warmupSteps: Int, decaySteps: Int, peakLearningRate: Double, decayLearningRate: Double)

  /// LeRobot's name, as `--scheduler.type` takes it.
  package var type: String {
    switch self {
    case .diffuser: "diffuser"
    case .vqbet: "vqbet"
    case .cosineDecayWithWarmup: "cosine_decay_with_warmup"
    }
  }
}

extension SchedulerConfig: ConfigValue {
  package static var choiceType: ChoiceType {
    ChoiceType(
      name: "scheduler",
      cases: [
        .init(name: "diffuser", record: RecordType(name: "diffuser", fields: diffuserFields)),
        .init(name: "vqbet", record: RecordType(name: "vqbet", fields: vqbetFields)),
        .init(
          name: "cosine_decay_with_warmup",
          record: RecordType(name: "cosine_decay_with_warmup", fields: cosineFields)),
      ])
  }

  package static var valueType: ValueType { .choice(choiceType) }

  package init?(canonical json: JSONValue) {
    let warmupSteps = json["num_warmup_steps"]?.intValue
    switch json["type"]?.stringValue {
    case "diffuser":
      guard let name = json["name"]?.stringValue else { return nil }
      self = .diffuser(name: name, warmupSteps: warmupSteps)
    case "vqbet":
      guard let warmupSteps, let steps = json["num_vqvae_training_steps"]?.intValue,
        let cycles = json["num_cycles"]?.doubleValue
      else { return nil }
      self = .vqbet(warmupSteps: warmupSteps, vqvaeTrainingSteps: steps, cycles: cycles)
    case "cosine_decay_with_warmup":
      guard let warmupSteps, let decaySteps = json["num_decay_steps"]?.intValue,
        let peak = json["peak_lr"]?.doubleValue, let decay = json["decay_lr"]?.doubleValue
      else { return nil }
      self = .cosineDecayWithWarmup(
        warmupSteps: warmupSteps, decaySteps: decaySteps, peakLearningRate: peak,
        decayLearningRate: decay)
    default: return nil
    }
  }

  package var json: JSONValue {
    let fields: JSONValue =
      switch self {
      case .diffuser(let name, let warmupSteps):
        ["num_warmup_steps": warmupSteps.json, "name": .string(name)]
      case .vqbet(let warmupSteps, let steps, let cycles):
        [
          "num_warmup_steps": .int(warmupSteps), "num_vqvae_training_steps": .int(steps),
          "num_cycles": .double(cycles),
        ]
      case .cosineDecayWithWarmup(let warmupSteps, let decaySteps, let peak, let decay):
        [
          "num_warmup_steps": .int(warmupSteps), "num_decay_steps": .int(decaySteps),
          "peak_lr": .double(peak), "decay_lr": .double(decay),
        ]
      }
    return fields.tagged(type)
  }

  private static let warmupHelp = "Steps over which the learning rate rises."

  private static let diffuserFields = [
    FieldType(
      key: "num_warmup_steps", type: .optional(.int), defaultValue: .null, help: warmupHelp),
    FieldType(
      key: "name", type: .string, defaultValue: "cosine", help: "diffusers' name of the schedule."),
  ]

  private static let vqbetFields = [
    FieldType(key: "num_warmup_steps", type: .int, defaultValue: nil, help: warmupHelp),
    FieldType(
      key: "num_vqvae_training_steps", type: .int, defaultValue: nil,
      help: "Steps that train the quantizer, before the schedule begins."),
    FieldType(
      key: "num_cycles", type: .float, defaultValue: 0.5, help: "Waves of the cosine."),
  ]

  private static let cosineFields = [
    FieldType(key: "num_warmup_steps", type: .int, defaultValue: nil, help: warmupHelp),
    FieldType(
      key: "num_decay_steps", type: .int, defaultValue: nil,
      help: "Steps over which the learning rate falls."),
    FieldType(key: "peak_lr", type: .float, defaultValue: nil, help: "Highest learning rate."),
    FieldType(key: "decay_lr", type: .float, defaultValue: nil, help: "Learning rate at the end."),
  ]
}
