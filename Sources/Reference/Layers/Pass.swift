import LeRobotCore

/// How a forward pass runs, and what it draws from.
///
/// Every layer, model and policy that behaves differently in training takes one. Nothing else
/// decides between the two modes.
package struct Pass {
  /// What the forward pass is for.
  package enum Mode: Sendable {
    /// Dropout, random crops and a posterior's latent are drawn; batch norms go by the batch.
    case train
    /// No dropout; batch norms go by their running statistics. A policy may still draw noise.
    case evaluate
  }

  /// Training or evaluation.
  package let mode: Mode
  /// Draws dropout masks, crops, noise and timesteps.
  package let random: any RandomSource
  /// What the policy looked at, for observers.
  package let crops: CropNotes

  /// A pass whose loss is differentiated.
  package static func train(
    _ random: any RandomSource, noting crops: CropNotes = CropNotes()
  ) -> Pass {
    Pass(mode: .train, random: random, crops: crops)
  }

  /// A pass that chooses actions, or measures a loss.
  package static func evaluate(_ random: any RandomSource) -> Pass {
    Pass(mode: .evaluate, random: random, crops: CropNotes())
  }

  /// Whether the mode is `train`.
  package var isTraining: Bool { mode == .train }
}
