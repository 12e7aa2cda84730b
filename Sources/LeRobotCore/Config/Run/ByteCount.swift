/// A size of memory, as `80GB`, `512MB` or `22.5 GiB`; a number alone is of gigabytes, as machines are named.
package struct ByteCount: Sendable, Equatable {
  package let bytes: Int

  private static let units: [(suffix: String, size: Double)] = [
    ("gib", 1_073_741_824), ("mib", 1_048_576), ("gb", 1e9), ("mb", 1e6), ("g", 1e9), ("m", 1e6),
    ("", 1e9),
  ]

  /// - Returns: nil for what is no such size, and for none at all.
  package init?(_ text: String) {
    let text = text.lowercased().filter { $0 != " " }
    guard let (suffix, size) = Self.units.first(where: { text.hasSuffix($0.suffix) }),
      let number = Double(text.dropLast(suffix.count)), number > 0, number * size < 1e18
    else { return nil }
    bytes = Int(number * size)
  }
}
