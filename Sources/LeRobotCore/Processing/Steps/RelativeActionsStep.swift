/// Which numbers of an action are given relative to the robot's state
/// (LeRobot 0.5.1 `processor/relative_action_processor.py`).
package struct RelativeJoints: Sendable, Equatable {
  /// Joints whose names hold one of these texts stay absolute, in whatever case.
  package var excluded: [String]
  /// The joints' names in the dataset; without them all are relative.
  package var names: [String]?

  package init(excluded: [String], names: [String]?) {
    (self.excluded, self.names) = (excluded, names)
  }

  /// [relative-joints]  mⱼ: 1 for a joint that is relative, else 0.
  ///
  /// - Parameter width: A. Joints without a name are relative.
  /// - Returns: [A].
  package func mask(width: Int) -> [Double] {
    let excluded = excluded.filter { !$0.isEmpty }.map { $0.lowercased() }
    let names = (names ?? []).map { $0.lowercased() }
    return (0..<width).map { joint in
      guard joint < names.count else { return 1 }
      return excluded.contains { names[joint].contains($0) } ? 0 : 1
    }
  }
}

/// Gives actions relative to the state at the chunk's beginning.
package struct RelativeActionsStep: ProcessorStep {
  package static let registryName = "delta_actions_processor"
  package static let fieldNames = ["enabled", "exclude_joints", "action_names"]
  /// What was subtracted, [B, A]: `AbsoluteActionsStep` adds it again.
  package static let offsetKey = "action_offset"

  package private(set) var isOn: Bool
  package private(set) var joints: RelativeJoints

  package init(_ joints: RelativeJoints) { (isOn, self.joints) = (true, joints) }

  package init(_ saved: SavedStep, resources: ResourceStore) throws(ProcessorError) {
    isOn = saved.configuration["enabled"]?.boolValue ?? false
    func texts(_ field: String) throws(ProcessorError) -> [String]? {
      guard let value = saved.configuration[field], value != .null else { return nil }
      let texts = value.arrayValue?.compactMap(\.stringValue)
      guard let texts, texts.count == value.arrayValue?.count else {
        throw saved.invalid(field, "expected a list of names")
      }
      return texts
    }
    joints = RelativeJoints(
      excluded: try texts("exclude_joints") ?? [], names: try texts("action_names"))
  }

  package var configuration: JSONValue {
    [
      "enabled": .bool(isOn), "exclude_joints": .array(joints.excluded.map { .string($0) }),
      "action_names": joints.names.map { .array($0.map { .string($0) }) } ?? .null,
    ]
  }

  /// [relative-actions]  a′ₜⱼ = aₜⱼ − mⱼ·sⱼ, s being the state at the chunk's beginning.
  ///
  /// - Returns: the batch with relative actions, where it has any, and mⱼ·sⱼ.
  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    guard isOn else { return batch }
    guard let state = batch["observation.state"], let states = state.shape.last, states > 0 else {
      throw .text("\(Self.registryName): the samples have no observation.state; add one")
    }
    let action = batch["action"]
    let width = action?.shape.last ?? joints.names?.count ?? states
    let mask = joints.mask(width: width)
    guard !mask.indices.contains(where: { $0 >= states && mask[$0] != 0 }) else {
      throw .text(
        "\(Self.registryName): the action has \(width) numbers and the state \(states); leave those "
          + "without a state out by --policy.relative_exclude_joints")
    }
    let values = state.doubles
    let rows = values.count / states
    let offsets = (0..<rows).map { row in
      mask.indices.map { $0 < states ? values[row * states + $0] * mask[$0] : 0 }
    }
    var result = batch
    result[Self.offsetKey] = HostTensor(
      offsets.flatMap { $0.map { Float($0) } }, shape: [rows, width])
    result["action"] = action.map { $0.shifted(by: offsets, sign: -1) }
    return result
  }
}

/// Makes relative actions absolute again.
package struct AbsoluteActionsStep: ProcessorStep {
  package static let registryName = "absolute_actions_processor"
  package static let fieldNames = ["enabled"]

  private let isOn: Bool

  package init() { isOn = true }

  package init(_ saved: SavedStep, resources: ResourceStore) throws(ProcessorError) {
    isOn = saved.configuration["enabled"]?.boolValue ?? false
  }

  package var configuration: JSONValue { ["enabled": .bool(isOn)] }

  /// - Parameter batch: actions, and the offsets of the observation that they were chosen for.
  package func callAsFunction(_ batch: Batch) throws(ProcessorError) -> Batch {
    guard isOn, let action = batch["action"] else { return batch }
    guard let offsets = batch[RelativeActionsStep.offsetKey], let width = offsets.shape.last else {
      throw .text(
        "\(Self.registryName): the preprocessor has no \(RelativeActionsStep.registryName); add it")
    }
    let values = offsets.doubles
    let rows = stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    var result = batch
    result["action"] = action.shifted(by: rows, sign: 1)
    return result
  }
}

extension HostTensor {
  /// Actions [B, …, A], to each sample's rows its offset added or subtracted; in float32, as torch has it.
  fileprivate func shifted(by offsets: [[Double]], sign: Double) -> HostTensor {
    let width = offsets.first?.count ?? 1
    let values = doubles
    let perSample = values.count / max(1, offsets.count)
    let shifted = values.enumerated().map { index, value in
      Float(value + sign * offsets[index / perSample][index % width])
    }
    return HostTensor(shifted, shape: shape)
  }
}
