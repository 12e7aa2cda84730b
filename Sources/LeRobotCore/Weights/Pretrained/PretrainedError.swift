/// Why pretrained backbone weights cannot be had. There is no silent random start instead.
package enum PretrainedError: Error, Equatable {
  /// Neither a file nor a name torchvision knows.
  case unknown(specification: String)
  /// A repository of the hub, which cannot be downloaded yet.
  case hub(repository: String, option: String)
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
    case .hub(let repository, let option):
      "policy.\(option): weights of the hub's \(repository) cannot be loaded yet; start from a "
        + "checkpoint by --policy.path"
    case .downloadFailed(let target, let reason):
      "\(reason); or put the file at \(target) yourself, or start from random weights by "
        + "--policy.pretrained_backbone_weights=null"
    case .torchFile(let error): error.description
    case .safetensors(let error): error.description
    }
  }
}
