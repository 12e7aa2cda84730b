/// What is wrong with `dataset.image_transforms`, or with the pictures it is applied to.
package enum ImageTransformError: Error, Equatable, CustomStringConvertible {
  /// `type` names no transform.
  case unknownType(transform: String, type: String)
  /// The transform takes no such argument.
  case unknownArgument(transform: String, type: String, argument: String, known: [String])
  /// An argument that must be given is not.
  case missingArgument(transform: String, type: String, argument: String)
  /// An argument has another form or lies outside its bounds; `expected` says what it may be.
  case wrongArgument(transform: String, argument: String, value: String, expected: String)
  /// `max_num_transforms` is negative.
  case negativeCount(Int)
  /// Pictures with neither one nor three channels.
  case wrongChannels(shape: [Int])

  package var description: String {
    let options = "dataset.image_transforms"
    switch self {
    case .unknownType(let transform, let type):
      return "\(options).tfs.\(transform).type: no transform is called \(type); choose from "
        + "Identity, ColorJitter, SharpnessJitter, RandomAffine"
    case .unknownArgument(let transform, let type, let argument, let known):
      return "\(options).tfs.\(transform).kwargs: \(type) takes no \(argument); "
        + (known.isEmpty ? "give none" : "it takes \(known.joined(separator: ", "))")
    case .missingArgument(let transform, let type, let argument):
      return "\(options).tfs.\(transform).kwargs: \(type) needs \(argument); add it"
    case .wrongArgument(let transform, let argument, let value, let expected):
      return "\(options).tfs.\(transform).kwargs.\(argument): \(value) is not \(expected); "
        + "change it"
    case .negativeCount(let count):
      return "\(options).max_num_transforms: \(count) is negative; give 0 or more"
    case .wrongChannels(let shape):
      return "\(options): pictures of shape \(shape) have neither 1 nor 3 channels; "
        + "set \(options).enable=false"
    }
  }
}
