/// Which weights of a source a policy took.
package struct LoadedWeights: Sendable, Equatable {
  /// In the order of the source.
  package let loaded: [String]
  /// Weights of the policy that the source lacks, in the policy's order.
  package let missing: [String]
  /// Weights of the source that the policy lacks, in the source's order.
  package let unexpected: [String]

  /// Compares the names of a policy's weights with those of a source.
  package init(wanted: [String], found: [String]) {
    let (policy, source) = (Set(wanted), Set(found))
    loaded = found.filter(policy.contains)
    missing = wanted.filter { !source.contains($0) }
    unexpected = found.filter { !policy.contains($0) }
  }

  /// Hands over what a policy takes of a source, one tensor at a time.
  init(
    wanted: [String], from source: any WeightSource, load: (HostTensor, String) throws -> Void
  ) throws {
    self.init(wanted: wanted, found: source.names)
    for name in loaded {
      let tensor = try source.tensor(name)
      try load(tensor, name)
      tensor.buffer.release()
    }
  }
}
