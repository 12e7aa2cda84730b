import LeRobotCore

// TD-MPC with the changes of FOWM
//
// N. Hansen, X. Wang, H. Su: Temporal Difference Learning for Model Predictive Control. ICML 2022,
// arXiv:2203.04955 ("TD-MPC"). Y. Feng, N. Hansen, Z. Xiong, C. Rajagopalan, X. Wang: Finetuning Offline
// World Models in the Real World. CoRL 2023, arXiv:2310.16029 ("FOWM"). The code follows LeRobot 0.4.2
// (`policies/tdmpc/modeling_tdmpc.py`), whose oddities Documentation/Quirks.md lists (Q-TDMPC-n).
//
// The policy learns a model of the world: what an observation means, how an action changes that, what
// reward it brings and what reward is to be expected after it. At run time it plans: it tries
// sequences of actions in the model, keeps the best, and tries others like them. Beyond the horizon
// it relies on its values. FOWM trains all of it from recorded data alone, and so must not believe
// what it has never seen: values come from recorded actions only (V beside Q, as in implicit
// Q-learning), and the planner pays for the disagreement of its Qs.
//
//   Paper      Code                 Shape          Meaning
//   H          horizon              integer        steps that the model looks ahead
//   o_t        observation          [H+1, B, …]    the present observation and the next ones
//   a_t, r_t   actions, rewards     [H, B, A], [H, B]   what was done, and the reward for it
//   h_θ        model.encoder                       observation to latent
//   z_t        latents              [H+1, B, Z]    latents: of o₀ encoded, the others predicted
//   d_θ, R_θ   dynamics, reward                    the next latent; the reward
//   Q_θ, V_θ   values, value        [E, H, B], [H, B]   return expected after an action; of a latent
//   π_θ        action               [H, B, A]      the action that the policy would take
//   θ⁻         target                              the parameters, followed slowly
//   λ, γ       temporalDecay, discount             weight of later steps; of later rewards
//   τ          expectileWeight                     the expectile that V estimates
//   μ, σ       mean, deviation      [H, B, A]      the plan: of a normal distribution of actions
//   G, N, n    gaussianSampleCount, policySampleCount, eliteCount   candidates of the planner
//
// Read on in this order: TDMPCPolicy (use), TDMPC (losses), TDMPCModel (h, d, R, Q, V, π),
// TDMPCEncoder, TDMPCNetworks (their layers), TDMPCShift (pictures), TDMPCPlanner (planning).

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

  /// [TDMPC-target]  θ⁻ ← m θ⁻ + (1 − m) θ, after every step.
  ///
  /// TD-MPC, §4. LeRobot `update_ema_parameters`.
  package func afterStep(_ sums: [Tensor]) {
    let m = config.targetMomentum
    for (target, trained) in zip(
      model.target.parameters.values, model.model.parameters.values)
    {
      target.value = m * target.value + (1 - m) * trained.value
    }
  }

  /// The actions that are planned from an observation on, or the policy's one where it does not plan.
  ///
  /// - Parameter observation: [B, …] under each key.
  /// - Returns: [H, B, A] or [1, B, A], within ±1.
  package func predictActions(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    let z = model.model.encoder(observation)  // [B, Z]
    let actions =
      config.usesPlanning
      ? planner.plan(from: z.value, pass.random)
      : model.model.action(z).value.reshaped([1, -1, features.actionWidth])
    return actions.map { min(max($0, -1), 1) }
  }

  /// The plan from the first of the observations that training reads; after a reset, without an earlier
  /// one.
  ///
  /// - Parameter observation: [B, H+1, …] under each key.
  /// - Returns: [B, H, A] or [B, 1, A], within ±1.
  package func predictActionChunk(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    let present = features.observationKeys.reduce(into: [String: Tensor]()) { present, key in
      let steps = observation.tensor(key)
      present[key] = steps.sliced(0..<1, axis: 1)
        .reshaped([steps.size(0)] + steps.shape.dropFirst(2))
    }
    return predictActions(present, pass).permuted([1, 0, 2])
  }

  /// [TDMPC-queue]  The next action [B, A]: the first of a plan, as often as it is to be repeated; or,
  /// without repeating, as many of the plan as are to be carried out.
  package func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    queue.next {
      let actions = predictActions(observation, pass)
      func action(_ step: Int) -> Tensor {
        actions.sliced(step..<step + 1, axis: 0).reshaped(Array(actions.shape.dropFirst()))
      }
      if config.actionRepeatCount > 1 {
        return Array(repeating: action(0), count: config.actionRepeatCount)
      }
      return (0..<min(config.actionStepCount, actions.size(0))).map(action)
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
