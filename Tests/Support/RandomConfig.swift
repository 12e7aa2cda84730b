import LeRobotCore
import OrderedCollections

/// Draws configurations from the schema: every field has a value of its type.
package struct RandomConfig {
  private var generator: SplitMix64

  package init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
  }

  /// A configuration of a resumed run, whose optimizer no preset replaces.
  package mutating func next() -> JSONValue {
    var value = self.value(.record(ConfigSchema.builtIn.record))
    value["resume"] = true
    for key in ["policy", "optimizer", "scheduler"] where value[key]?.isNull == true {
      let field = ConfigSchema.builtIn.record[key]
      value[key] = field.map { self.value($0.type.unwrapped) }
    }
    return value
  }

  private mutating func value(_ type: ValueType) -> JSONValue {
    switch type {
    case .bool: .bool(generator.next() & 1 == 0)
    case .int: .int(Int.random(in: -3...2000, using: &generator))
    case .float, .number: .double(double())
    case .string: .string(text())
    case .path: .string("/" + ["a", "b/c", "~/d é", "x.y"].randomElement(using: &generator)!)
    case .content: .object([text(): .int(1)])
    case .any: [.int(1), .double(double()), .string(text()), .null]
    case .list(let element), .sequence(let element):
      .array((0..<Int.random(in: 0...3, using: &generator)).map { _ in value(element) })
    case .tuple(let elements): .array(elements.map { value($0) })
    case .dictionary(let element):
      .object(
        OrderedDictionary(
          (0..<Int.random(in: 0...3, using: &generator)).map { _ in (text(), value(element)) },
          uniquingKeysWith: { $1 }))
    case .enumeration(let names): .string(names.randomElement(using: &generator)!)
    case .record(let record): value(record)
    case .choice(let choice):
      if let chosen = choice.cases.randomElement(using: &generator) {
        value(chosen.record).with("type", .string(chosen.name))
      } else {
        .null
      }
    case .optional(let wrapped):
      generator.next() % 3 == 0 ? .null : value(wrapped)
    }
  }

  private mutating func value(_ record: RecordType) -> JSONValue {
    var members: OrderedDictionary<String, JSONValue> = [:]
    for field in record.fields {
      // Most checks of a dataclass are about few fields; defaults keep most values valid.
      if field.key == "device" {
        members[field.key] = "cpu"
      } else if field.key == "push_to_hub" {
        members[field.key] = false
      } else if case .float = field.type {
        // Python may hold a default as an integer, and reads it back as a float.
        members[field.key] = .double(double().magnitude)
      } else if let fallback = field.defaultValue, isChecked(field.key), !fallback.isNull {
        members[field.key] =
          fallback == .bool(false) && field.key.hasPrefix("replace")
          ? 0 : fallback
      } else {
        members[field.key] = value(field.type)
      }
    }
    return .object(members)
  }

  private func isChecked(_ key: String) -> Bool {
    [
      "n_obs_steps", "chunk_size", "n_action_steps", "horizon", "down_dims", "vision_backbone",
      "temporal_ensemble_coeff", "prediction_type", "noise_scheduler_type", "paligemma_variant",
      "action_expert_variant", "dtype", "obs_type", "normalization_mapping",
      "use_delta_joint_actions_aloha", "n_gaussian_samples", "n_episodes", "batch_size",
      "max_guidance_weight", "debug_maxlen", "replace_final_stride_with_dilation",
      "use_policy_training_preset", "features",
    ].contains(key)
  }

  private mutating func double() -> Double {
    let magnitude = Double.random(in: -8...8, using: &generator)
    return Double.random(in: -1...1, using: &generator) * Double.exp10(magnitude)
  }

  private mutating func text() -> String {
    let alphabet = Array("abc xyz019._/-:#'\"\\{}[],é日😀\n\t=~")
    let count = Int.random(in: 0...8, using: &generator)
    return String((0..<count).map { _ in alphabet.randomElement(using: &generator)! })
  }
}

extension Double {
  fileprivate static func exp10(_ power: Double) -> Double {
    var result = 1.0
    for _ in 0..<Int(power.magnitude) { result *= power < 0 ? 0.1 : 10 }
    return result
  }
}

extension JSONValue {
  fileprivate func with(_ key: String, _ value: JSONValue) -> JSONValue {
    guard case .object(var members) = self else { return self }
    members.updateValue(value, forKey: key, insertingAt: 0)
    return .object(members)
  }

  fileprivate subscript(key: String) -> JSONValue? {
    get { objectValue?[key] }
    set {
      guard case .object(var members) = self else { return }
      members[key] = newValue
      self = .object(members)
    }
  }
}
