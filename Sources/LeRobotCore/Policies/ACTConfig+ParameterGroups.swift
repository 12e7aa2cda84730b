import OrderedCollections

extension ACTConfig {
  /// The backbone apart, with a learning rate of its own (LeRobot `modeling_act.py`,
  /// `get_optim_params`).
  ///
  /// - Parameter trained: the trained parameters by name, in torch's order.
  package func parameterGroups<Parameter>(
    _ trained: OrderedDictionary<String, Parameter>
  ) -> [ParameterGroup<Parameter>] {
    let isBackbone = { (name: String) in name.hasPrefix("model.backbone") }
    return [
      ParameterGroup(
        name: "default", parameters: trained.filter { !isBackbone($0.key) }.map(\.value)),
      ParameterGroup(
        name: "backbone", parameters: trained.filter { isBackbone($0.key) }.map(\.value),
        learningRate: backboneLearningRate),
    ]
  }
}
