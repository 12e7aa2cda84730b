import Foundation

/// Between ALOHA's joints and those of the runtime of π₀, in which the published policies were trained: some
/// joints turn the other way, and a gripper is an angle, not a distance. Both of these normalise numbers that
/// are normalised already; so does LeRobot.
///
/// LeRobot `modeling_smolvla.py`, `_pi_aloha_decode_state`, `_pi_aloha_encode_actions` and its inverse.
package enum SmolVLAAloha {
  /// Joints whose sign changes.
  static let flipped: Set = [1, 2, 8, 9]
  static let grippers: Set = [6, 13]
  /// Angles of a gripper for the published policies, and for ALOHA.
  private static let policyRange = (least: 0.4, most: 1.5)
  private static let alohaRange = (least: -0.6213, most: 1.4910)

  /// [SMOLVLA-aloha-state]  A gripper's distance l = 0.01844 + 0.03956 x becomes the angle
  /// arcsin((h² + l² − a²)/2hl) between its arm, a = 0.036, and its horn, h = 0.022, where 0.4…1.5 is 0…1.
  ///
  /// - Parameter state: [..., D].
  package static func state(_ state: Tensor) -> Tensor {
    changed(state) { x in
      let distance = x * (0.05800 - 0.01844) + 0.01844
      let (arm, horn) = (0.036, 0.022)
      let sine = (horn * horn + distance * distance - arm * arm) / (2 * horn * distance)
      return share(asin(min(max(sine, -1), 1)), policyRange)
    }
  }

  /// [SMOLVLA-aloha-target]  What the policy learns to give: −0.6213…1.4910 becomes the angle 0.4…1.5.
  ///
  /// - Parameter actions: [..., A].
  package static func target(_ actions: Tensor) -> Tensor {
    changed(actions) { share(angle($0, alohaRange), policyRange) }
  }

  /// [SMOLVLA-aloha-action]  The way back.
  ///
  /// - Parameter actions: the policy's, [..., A].
  package static func action(_ actions: Tensor) -> Tensor {
    changed(actions) { share(angle($0, policyRange), alohaRange) }
  }

  /// 0…1 for the least to the most.
  private static func share(_ angle: Double, _ range: (least: Double, most: Double)) -> Double {
    (angle - range.least) / (range.most - range.least)
  }

  private static func angle(_ share: Double, _ range: (least: Double, most: Double)) -> Double {
    share * (range.most - range.least) + range.least
  }

  private static func changed(_ x: Tensor, _ ofGripper: (Double) -> Double) -> Tensor {
    let width = x.size(x.shape.count - 1)
    let changed = x.elements.enumerated().map { index, value in
      let joint = index % width
      if flipped.contains(joint) { return -value }
      return grippers.contains(joint) ? ofGripper(value) : value
    }
    return Tensor(changed, shape: x.shape)
  }
}
