import OrderedCollections

/// The configuration of one policy; a case per policy, so that the compiler lists what a new one
/// still lacks.
package enum PolicyConfig: Sendable, Equatable {
  case act(ACTConfig)
  case diffusion(DiffusionConfig)
  case groot(GrootConfig)
  case pi0(PI0Config)
  case pi05(PI05Config)
  case smolVLA(SmolVLAConfig)
  case tdmpc(TDMPCConfig)
  case vqbet(VQBeTConfig)
  case sac(SACConfig)
  case rewardClassifier(RewardClassifierConfig)

  /// LeRobot's name of the policy, as `--policy.type` takes it.
  package var type: String {
    switch self {
    case .act: "act"
    case .diffusion: "diffusion"
    case .groot: "groot"
    case .pi0: "pi0"
    case .pi05: "pi05"
    case .smolVLA: "smolvla"
    case .tdmpc: "tdmpc"
    case .vqbet: "vqbet"
    case .sac: "sac"
    case .rewardClassifier: "reward_classifier"
    }
  }

  /// Whether this release trains it; every policy can be configured.
  package var isTrainable: Bool {
    switch self {
    case .act, .diffusion: true
    case .groot, .pi0, .pi05, .smolVLA, .tdmpc, .vqbet, .sac, .rewardClassifier: false
    }
  }

  /// How each feature type is scaled, by its name (`STATE`).
  package var normalization: OrderedDictionary<String, NormalizationMode> { options.normalization }

  /// The policy's own fields, presets and demands.
  package var options: any PolicyOptions {
    switch self {
    case .act(let options): options
    case .diffusion(let options): options
    case .groot(let options): options
    case .pi0(let options): options
    case .pi05(let options): options
    case .smolVLA(let options): options
    case .tdmpc(let options): options
    case .vqbet(let options): options
    case .sac(let options): options
    case .rewardClassifier(let options): options
    }
  }

  /// What every policy has.
  package var common: PolicyCommon {
    get { options.common }
    set { update { $0.common = newValue } }
  }

  /// Changes the policy's options in place.
  package mutating func update<Result>(
    _ change: (inout any PolicyOptions) -> Result
  ) -> Result {
    var changed = options
    let result = change(&changed)
    self = PolicyConfig(changed) ?? self
    return result
  }

  private init?(_ options: any PolicyOptions) {
    switch options {
    case let options as ACTConfig: self = .act(options)
    case let options as DiffusionConfig: self = .diffusion(options)
    case let options as GrootConfig: self = .groot(options)
    case let options as PI0Config: self = .pi0(options)
    case let options as PI05Config: self = .pi05(options)
    case let options as SmolVLAConfig: self = .smolVLA(options)
    case let options as TDMPCConfig: self = .tdmpc(options)
    case let options as VQBeTConfig: self = .vqbet(options)
    case let options as SACConfig: self = .sac(options)
    case let options as RewardClassifierConfig: self = .rewardClassifier(options)
    default: return nil
    }
  }
}

extension PolicyConfig: ConfigValue {
  /// Every policy LeRobot registers, in its order.
  package static let types: [(name: String, options: any PolicyOptions.Type)] = [
    ("act", ACTConfig.self), ("diffusion", DiffusionConfig.self), ("groot", GrootConfig.self),
    ("pi0", PI0Config.self), ("pi05", PI05Config.self), ("smolvla", SmolVLAConfig.self),
    ("tdmpc", TDMPCConfig.self), ("vqbet", VQBeTConfig.self), ("sac", SACConfig.self),
    ("reward_classifier", RewardClassifierConfig.self),
  ]

  package static var choiceType: ChoiceType {
    ChoiceType(
      name: "policy",
      cases: types.map { ChoiceType.Case(name: $0.name, record: $0.options.recordType) })
  }

  package static var valueType: ValueType { .choice(choiceType) }

  package init?(canonical json: JSONValue) {
    guard let type = json["type"]?.stringValue,
      let options = Self.types.first(where: { $0.name == type })?.options.init(canonical: json)
    else { return nil }
    self.init(options)
  }

  package var json: JSONValue { options.json.tagged(type) }
}

extension JSONValue {
  /// The dictionary with `type` in front.
  func tagged(_ type: String) -> JSONValue {
    var members: OrderedDictionary<String, JSONValue> = ["type": .string(type)]
    members.merge(objectValue ?? [:]) { first, _ in first }
    return .object(members)
  }
}
