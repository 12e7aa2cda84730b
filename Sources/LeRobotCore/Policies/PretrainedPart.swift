/// A part of a new policy that starts from published weights instead of drawn ones.
package struct PretrainedPart: Sendable, Hashable {
  /// Where the weights are published.
  package enum Source: Sendable, Hashable {
    /// A model of torchvision by the name of its weights (`ResNet18_Weights.IMAGENET1K_V1`), or a
    /// file of such a model.
    case torchvision(String)
    /// A repository of the Hugging Face hub, or a folder that holds its files.
    case hub(String)
  }

  /// The policy's option that names the weights, `pretrained_backbone_weights`.
  package let option: String
  package let source: Source

  package init(option: String, source: Source) {
    self.option = option
    self.source = source
  }

  /// The name of the weights, as the option gives it.
  package var name: String {
    switch source {
    case .torchvision(let name), .hub(let name): name
    }
  }
}

/// Finds no weights: for backends that are given no way to find any.
package func noPretrainedWeights(
  _ part: PretrainedPart
) throws(PolicyConfigError) -> any WeightSource {
  throw PolicyConfigError(part.option, "\(part.name) cannot be found here; set it to null")
}
