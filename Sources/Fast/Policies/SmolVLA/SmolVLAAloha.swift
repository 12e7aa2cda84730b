/// Between ALOHA's joints and those of the runtime of π₀.
package enum SmolVLAAloha {
  /// Joints whose sign changes.
  static let flipped: Set = [1, 2, 8, 9]
  static let grippers: Set = [6, 13]
  /// Angles of a gripper for the published policies, and for ALOHA.
  private static let policyRange = (least: 0.4, most: 1.5)
  private static let alohaRange = (least: -0.6213, most: 1.4910)

  /// [SMOLVLA-aloha-state]
  ///
  /// - Parameter state: [..., D].
  package static func state(_ state: Tensor) -> Tensor {
    changed(state) { x in
      let distance = x * (0.05800 - 0.01844) + 0.01844
      let (arm, horn) = (0.036, 0.022)
      let sine = (distance.squared() + (horn * horn - arm * arm)) / (distance * (2 * horn))
      return share(sine.arcsine(), policyRange)
    }
  }

  /// [SMOLVLA-aloha-target]
  ///
  /// - Parameter actions: [..., A].
  package static func target(_ actions: Tensor) -> Tensor {
    changed(actions) { share(angle($0, alohaRange), policyRange) }
  }

  /// [SMOLVLA-aloha-action]
  ///
  /// - Parameter actions: the policy's, [..., A].
  package static func action(_ actions: Tensor) -> Tensor {
    changed(actions) { share(angle($0, policyRange), alohaRange) }
  }

  /// 0…1 for the least to the most.
  private static func share(_ angle: Tensor, _ range: (least: Double, most: Double)) -> Tensor {
    (angle - range.least) / (range.most - range.least)
  }

  private static func angle(_ share: Tensor, _ range: (least: Double, most: Double)) -> Tensor {
    share * (range.most - range.least) + range.least
  }

  private static func changed(_ x: Tensor, _ ofGripper: (Tensor) -> Tensor) -> Tensor {
    let axis = x.rank - 1
    let columns = (0..<x.size(axis)).map { joint in
      let column = x.sliced(joint..<joint + 1, axis: axis)
      if flipped.contains(joint) { return column * -1 }
      return grippers.contains(joint) ? ofGripper(column) : column
    }
    return .concatenated(columns, axis: axis)
  }
}
