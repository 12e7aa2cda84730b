import LeRobotCore
import OrderedCollections

extension OrderedDictionary where Key == String, Value == Parameter {
  /// Takes over the weights that a part of a policy is published with, by name; what the file has besides is
  /// left out.
  ///
  /// - Throws: `PolicyConfigError` when a tensor is missing or has another shape.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    let entries = weights.entries
    for (name, parameter) in self {
      let (shape, found) = (parameter.value.shape, entries[name]?.shape)
      if found == nil, name.hasSuffix("num_batches_tracked") {
        // torchvision's files are older than this count; torch then starts it at 0.
        parameter.value = .zeros([], dataType: .int64)
        continue
      }
      guard shape == found else {
        throw PolicyConfigError.unfitWeights(part, name, shape: shape, found: found)
      }
      try parameter.load(weights.tensor(name))
    }
  }
}
