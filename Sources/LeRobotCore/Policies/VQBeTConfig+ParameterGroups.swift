import OrderedCollections

extension VQBeTConfig {
  /// Three groups; the last does not decay (LeRobot `modeling_vqbet.py`, `get_optim_params`).
  ///
  /// [VQBET-groups]  The transformer's matrices and everything around it decay by the policy's λ, biases
  /// and norms around it included (Q-VQBET-11); the quantizer has a learning rate and a λ of its own; the
  /// transformer's biases, norms and table of places do not decay. The transformer's parameters stand in
  /// the order of their names as texts.
  ///
  /// - Parameter trained: the trained parameters by name, in torch's order.
  package func parameterGroups<Parameter>(
    _ trained: OrderedDictionary<String, Parameter>
  ) -> [ParameterGroup<Parameter>] {
    func under(_ prefix: String) -> OrderedDictionary<String, Parameter> {
      trained.filter { $0.key.hasPrefix("vqbet.\(prefix)") }
    }
    let transformer = under("policy.").sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let decays = { (name: String) in
      name.hasSuffix(".weight") && !name.contains(".ln_") && !name.contains(".wpe.")
    }
    let others = [
      "rgb_encoder.", "state_projector.", "rgb_feature_projector.", "action_token",
      "action_head.map_to_cbet_preds_offset.", "action_head.map_to_cbet_preds_primary_bin.",
      "action_head.map_to_cbet_preds_secondary_bin.", "action_head.map_to_cbet_preds_bin.",
    ]
    return [
      ParameterGroup(
        name: "default",
        parameters: transformer.filter { decays($0.key) }.map(\.value)
          + others.flatMap { under($0).values }),
      ParameterGroup(
        name: "quantizer", parameters: Array(under("action_head.vqvae_model.").values),
        learningRate: quantizerLearningRate, weightDecay: quantizerWeightDecay),
      ParameterGroup(
        name: "undecayed", parameters: transformer.filter { !decays($0.key) }.map(\.value),
        weightDecay: 0),
    ]
  }
}
