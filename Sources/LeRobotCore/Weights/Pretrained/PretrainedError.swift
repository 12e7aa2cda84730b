/// Why pretrained backbone weights cannot be had. There is no silent random start instead.
package enum PretrainedError: Error, Equatable {
  /// Neither a file nor a name torchvision knows.
  case unknown(specification: String)
  /// A folder or repository of a model whose weights cannot be had.
  case model(name: String, option: String, reason: String)
  case downloadFailed(target: String, reason: String)
  case torchFile(TorchFileError)
  case safetensors(SafetensorsError)
}

extension PretrainedError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknown(let specification):
      "policy.pretrained_backbone_weights: \(specification) is neither a file nor a name like "
        + "ResNet18_Weights.IMAGENET1K_V1; give a .pth or .safetensors file, or null"
    case .model(let name, let option, let reason):
      "policy.\(option): the weights of \(name) cannot be had: \(reason)"
    case .downloadFailed(let target, let reason):
      "\(reason); or put the file at \(target) yourself, or start from random weights by "
        + "--policy.pretrained_backbone_weights=null"
    case .torchFile(let error): error.description
    case .safetensors(let error): error.description
    }
  }
}
