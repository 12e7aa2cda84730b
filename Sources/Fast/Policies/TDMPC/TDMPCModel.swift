import LeRobotCore

/// The task-oriented latent dynamics model: h_θ, d_θ, R_θ, π_θ, Q_θ and V_θ.
///
/// TD-MPC, §4, eq. 4. LeRobot `TDMPCTOLD`.
package struct TDMPCModel: Layer {
  /// h_θ.
  package let encoder: TDMPCEncoder
  /// d_θ.
  package let dynamics: TDMPCNetwork
  /// R_θ.
  package let rewardNetwork: TDMPCNetwork
  /// π_θ before its tanh.
  package let policy: TDMPCNetwork
  /// Q_θ.
  package let ensemble: TDMPCEnsemble
  /// V_θ.
  package let valueNetwork: TDMPCValueNetwork

  /// Layers with torch's own initial weights, drawn in the order of the parameters.
  package init(_ config: TDMPCConfig, features: TDMPCFeatures, random: any RandomSource) {
    let (z, a, m) = (config.latentWidth, features.actionWidth, config.mlpWidth)
    encoder = TDMPCEncoder(config, features: features, random: random)
    dynamics = TDMPCNetwork(
      inputWidth: z + a, hiddenWidth: m, outputWidth: z, isLatent: true, random: random)
    rewardNetwork = TDMPCNetwork(
      inputWidth: z + a, hiddenWidth: m, outputWidth: 1, random: random)
    policy = TDMPCNetwork(inputWidth: z, hiddenWidth: m, outputWidth: a, random: random)
    ensemble = TDMPCEnsemble(
      count: config.ensembleSize, inputWidth: z + a, hiddenWidth: m, random: random)
    valueNetwork = TDMPCValueNetwork(inputWidth: z, hiddenWidth: m, random: random)
  }

  package var parameters: NamedParameters {
    named(
      ("_encoder", encoder), ("_dynamics", dynamics), ("_reward", rewardNetwork), ("_pi", policy),
      ("_Qs", ensemble), ("_V", valueNetwork))
  }

  /// [TDMPC-initial]
  package func initialize(_ random: any RandomSource) {
    for (name, parameter) in parameters {
      let shape = parameter.value.shape
      if name.hasSuffix("bias") {
        parameter.value = .zeros(shape)
      } else if shape.count > 1 {
        let gain = shape.count == 4 ? 2.0.squareRoot() : 1
        parameter.value = random.orthogonal(shape, gain: gain)
      }
    }
    for layer in [rewardNetwork.output] + ensemble.networks.map(\.output) {
      layer.weight.value = .zeros(layer.weight.value.shape)
    }
  }

  /// [TDMPC-dynamics]
  ///
  /// - Parameters:
  ///   - z: [..., Z].
  ///   - a: [..., A].
  /// - Returns: [..., Z].
  package func next(_ z: Tensor, _ a: Tensor) -> Tensor { dynamics(joined(z, a)) }

  /// [TDMPC-reward]
  package func reward(_ z: Tensor, _ a: Tensor) -> Tensor {
    rewardNetwork(joined(z, a)).reshaped(Array(z.shape.dropLast()))
  }

  /// [TDMPC-action]
  package func action(_ z: Tensor) -> Tensor { policy(z).hyperbolicTangent() }

  /// [TDMPC-q]
  ///
  /// - Parameter chosen: whose; nil for all.
  /// - Returns: [E, ...].
  package func values(_ z: Tensor, _ a: Tensor, of chosen: [Int]? = nil) -> Tensor {
    ensemble(joined(z, a), of: chosen)
  }

  /// V_θ(z_t), [...].
  package func value(_ z: Tensor) -> Tensor { valueNetwork(z) }

  /// [z, a], [..., Z + A].
  private func joined(_ z: Tensor, _ a: Tensor) -> Tensor { .concatenated([z, a], axis: -1) }
}
