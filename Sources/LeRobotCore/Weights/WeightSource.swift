import OrderedCollections

/// Type and shape of one tensor of a source.
package struct WeightEntry: Sendable, Equatable {
  package var type: ScalarType
  package var shape: [Int]

  package init(_ type: ScalarType, shape: [Int]) {
    self.type = type
    self.shape = shape
  }

  package var byteCount: Int { shape.reduce(type.size, *) }
}

/// Named tensors that are given one at a time: a safetensors file, its shards, a torch file, or
/// tensors in memory. Nothing is widened, and nothing is read before it is asked for.
package protocol WeightSource: Sendable {
  /// What there is, in the source's order.
  var entries: OrderedDictionary<String, WeightEntry> { get }
  /// One tensor, in the source's own type. A large tensor of a file is mapped, not read.
  func tensor(_ name: String) throws(WeightError) -> HostTensor
}

extension WeightSource {
  package var names: [String] { Array(entries.keys) }

  /// Bytes of all tensors.
  package var byteCount: Int { entries.values.reduce(0) { $0 + $1.byteCount } }

  /// Every tensor, in the source's order.
  package func tensors() throws(WeightError) -> NamedTensors {
    var result: NamedTensors = [:]
    for name in entries.keys { result[name] = try tensor(name) }
    return result
  }

  /// The tensors whose names pass a test.
  package func filtered(_ isIncluded: (String) -> Bool) -> any WeightSource {
    RenamedWeights(
      base: self,
      baseNames: OrderedDictionary(
        uniqueKeysWithValues: entries.keys.filter(isIncluded).map { ($0, $0) }))
  }

  /// The tensors under a policy's names; those that it does without are left out, and so is a second tensor
  /// of a name.
  package func named(by policy: any PolicyConfiguration) -> any WeightSource {
    let pairs = entries.keys.compactMap { saved in policy.weightName(of: saved).map { ($0, saved) }
    }
    return RenamedWeights(
      base: self, baseNames: OrderedDictionary(pairs, uniquingKeysWith: { first, _ in first }))
  }

  /// The tensors under other names; those that the map has no name for are left out.
  package func renamed(_ map: KeyMap) -> any WeightSource {
    let pairs = entries.keys.compactMap { name in map.target(of: name).map { ($0, name) } }
    return RenamedWeights(base: self, baseNames: OrderedDictionary(uniqueKeysWithValues: pairs))
  }
}

/// Tensors in memory.
extension OrderedDictionary: WeightSource where Key == String, Value == HostTensor {
  package var entries: OrderedDictionary<String, WeightEntry> { mapValues(\.entry) }

  package func tensor(_ name: String) throws(WeightError) -> HostTensor {
    guard let tensor = self[name] else { throw .missing(name, source: "the tensors in memory") }
    return tensor
  }

  package func tensors() throws(WeightError) -> NamedTensors { self }
}

extension HostTensor {
  /// The tensor's type and shape.
  package var entry: WeightEntry { WeightEntry(scalarType, shape: shape) }
}

/// A view of a source: some of its tensors, under other names.
private struct RenamedWeights: WeightSource {
  let base: any WeightSource
  /// The base's name of each tensor.
  let baseNames: OrderedDictionary<String, String>
  let entries: OrderedDictionary<String, WeightEntry>

  init(base: any WeightSource, baseNames: OrderedDictionary<String, String>) {
    self.base = base
    self.baseNames = baseNames
    let all = base.entries
    entries = baseNames.compactMapValues { all[$0] }
  }

  func tensor(_ name: String) throws(WeightError) -> HostTensor {
    guard let baseName = baseNames[name] else { throw .missing(name, source: "the weights") }
    return try base.tensor(baseName)
  }
}
