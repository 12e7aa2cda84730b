/// What a user should know about the state of a policy's weights; nil where there is nothing to say.
package struct PolicyWarnings: Sendable, Equatable {
  /// Before it acts.
  package var acting: String?
  /// Before a new run trains it further with the policy's own schedule.
  package var fineTuning: String?

  package init(acting: String? = nil, fineTuning: String? = nil) {
    self.acting = acting
    self.fineTuning = fineTuning
  }
}

extension VQBeTConfig {
  /// What to say of a VQ-BeT whose first phase is over or not (Q-VQBET-15, Q-VQBET-17).
  package func warnings(isQuantizerTrained: Bool) -> PolicyWarnings {
    let steps = "n_vqvae_training_steps=\(quantizerTrainingSteps)"
    guard isQuantizerTrained else {
      return PolicyWarnings(
        acting: "this VQ-BeT acts at random: the first phase of its training is not over "
          + "(\(steps)), so nothing has learned to choose codes yet")
    }
    guard quantizerTrainingSteps > 0 else { return PolicyWarnings() }
    return PolicyWarnings(
      fineTuning: "the quantizer of this VQ-BeT is trained already, so training begins with the "
        + "second phase; its learning rate stays as it is for \(quantizerTrainingSteps) steps and "
        + "warms up from 0 after them (\(steps)); --policy.n_vqvae_training_steps=0 lets it warm "
        + "up at once")
  }
}
