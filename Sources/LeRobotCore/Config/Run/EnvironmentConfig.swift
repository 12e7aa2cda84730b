import OrderedCollections

/// A simulation environment's configuration (LeRobot `envs/configs.py`): its type and fields.
package struct EnvironmentConfig: Sendable, Equatable {
  package var type: String
  package var fields: OrderedDictionary<String, JSONValue>

  package init(type: String, fields: OrderedDictionary<String, JSONValue> = [:]) {
    self.type = type
    self.fields = fields
  }

  /// The name of the task inside the environment.
  package var task: String? { fields["task"]?.stringValue }

  /// Any environment that gymnasium knows by an id; LeRobot has no such type.
  package static let gymnasiumType = "gymnasium"
  /// A repository of environments on the hub, which LeRobot's `make_env` takes by its name and its
  /// configuration does not.
  package static let hubType = "hub"

  /// Whether LeRobot does not know the type: a train_config.json must not hold it.
  package var isOwn: Bool { [Self.gymnasiumType, Self.hubType].contains(type) }

  /// Whether its environments run in a Python and are served.
  package var isServed: Bool { isOwn || ["gym_manipulator", "libero", "metaworld"].contains(type) }
}

extension EnvironmentConfig: ConfigValue {
  package static var choiceType: ChoiceType {
    ChoiceType(
      name: "env",
      cases: EnvironmentTables.all.map { ChoiceType.Case(name: $0.name, record: $0) })
  }

  package static var valueType: ValueType { .choice(choiceType) }

  /// The types that are ours alone.
  static var ownChoiceType: ChoiceType {
    var choice = choiceType
    choice.cases.removeAll { !EnvironmentConfig(type: $0.name).isOwn }
    return choice
  }

  package init?(canonical json: JSONValue) {
    guard var fields = json.objectValue,
      case .string(let type)? = fields.removeValue(forKey: "type")
    else { return nil }
    self.init(type: type, fields: fields)
    addObservedFeatures()
  }

  package var json: JSONValue { JSONValue.object(fields).tagged(type) }

  /// Adds the features that follow from `obs_type` (LeRobot's `__post_init__`).
  private mutating func addObservedFeatures() {
    guard var features = fields["features"]?.objectValue else { return }
    let added = EnvironmentTables.observedFeatures(
      type: type, observationType: fields["obs_type"]?.stringValue ?? "",
      height: fields["observation_height"]?.intValue ?? 480,
      width: fields["observation_width"]?.intValue ?? 480)
    for (name, feature) in added { features[name] = feature.json }
    fields["features"] = .object(features)
  }
}
