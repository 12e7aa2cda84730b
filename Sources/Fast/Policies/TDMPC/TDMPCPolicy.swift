import LeRobotCore

// Symbols, formulas and the order in which to read are those of the reference's twin of this file.

/// TD-MPC as it is trained and used.
package final class TDMPCPolicy: Policy {
  /// Widths, counts and coefficients.
  package let config: TDMPCConfig
  /// World model and target, and their losses.
  package let model: TDMPC
  private let features: TDMPCFeatures
  private var planner: TDMPCPlanner
  /// Planned actions [B, A].
  private var queue = ActionQueue<Tensor>()

  /// Draws the initial weights in LeRobot's order.
  ///
  /// - Throws: `PolicyConfigError` for a configuration no TD-MPC can be built from.
  package init(_ config: TDMPCConfig, random: any RandomSource) throws(PolicyConfigError) {
    self.config = config
    features = try TDMPCFeatures(config)
    model = TDMPC(config, features: features, random: random)
    planner = TDMPCPlanner(config, features: features, model: model.model)
  }

  package var parameters: NamedParameters { model.parameters }
  package var batchKeys: [String] { features.batchKeys }

  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    model.loss(batch, pass)
  }

  /// [TDMPC-target]
  package func afterStep(_ sums: [Tensor]) {
    Tensor.average(
      model.target.parameters.values.map(\.value), with: model.model.parameters.values.map(\.value),
      keeping: config.targetMomentum)
  }

  /// The actions that are planned from an observation on, or the policy's one where it does not plan.
  ///
  /// - Parameter observation: [B, …] under each key.
  /// - Returns: [H, B, A] or [1, B, A], within ±1.
  package func predictActions(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    Torch.withoutGradients {
      let z = model.model.encoder(observation)  // [B, Z]
      let actions =
        config.usesPlanning
        ? planner.plan(from: z, pass.random) : model.model.action(z).expanded(axis: 0)
      return actions.clamped(to: -1...1)
    }
  }

  /// - Parameter observation: [B, H+1, …] under each key.
  /// - Returns: [B, H, A] or [B, 1, A], within ±1.
  package func predictActionChunk(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    let present = features.observationKeys.reduce(into: [String: Tensor]()) { present, key in
      present[key] = observation.tensor(key).selected(0, axis: 1)
    }
    return predictActions(present, pass).transposed(0, 1)
  }

  /// [TDMPC-queue]
  package func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    queue.next {
      let actions = predictActions(observation, pass)
      if config.actionRepeatCount > 1 {
        return Array(repeating: actions.selected(0, axis: 0), count: config.actionRepeatCount)
      }
      return (0..<min(config.actionStepCount, actions.size(0))).map {
        actions.selected($0, axis: 0)
      }
    }
  }

  /// The next plan begins without the last one.
  package func reset() {
    queue.reset()
    planner.reset()
  }

  /// All of them with one learning rate, the target's beside the others, though nothing trains them
  /// (Q-TDMPC-14).
  package var parameterGroups: [ParameterGroup<Parameter>] { singleGroup }
}
