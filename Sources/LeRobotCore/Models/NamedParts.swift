import OrderedCollections

extension OrderedDictionary where Key == String {
  /// The same values, each under `name.` and its own name.
  package func under(_ name: String) -> OrderedDictionary<String, Value> {
    OrderedDictionary(uniqueKeysWithValues: map { ("\(name).\($0.key)", $0.value) })
  }

  /// Values after others; a name that both have takes the second value.
  package static func + (
    a: OrderedDictionary<String, Value>, b: OrderedDictionary<String, Value>
  ) -> OrderedDictionary<String, Value> {
    a.merging(b) { _, new in new }
  }
}
