import Foundation

/// A curve in a line of text: `▁▂▃▄▅▆▇█`.
package struct Sparkline: Sendable {
  /// From the lowest value to the highest.
  package static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  /// Stands where a value is no number, as a loss that has diverged.
  package static let notFinite: Character = "!"

  /// A value for each column; nil where a value behind it is not finite.
  private let columns: [Double?]
  /// Whether the heights stand for the logarithms of the values.
  package let isLogarithmic: Bool

  /// - Parameters:
  ///   - values: from the first to the latest.
  ///   - width: columns at most; more values than that are averaged, as evenly as possible.
  ///   - mayBeLogarithmic: draws values above zero by their logarithms where the highest is many times
  ///     the lowest; a loss that began high would else be flat ever after.
  package init(_ values: [Double], width: Int, mayBeLogarithmic: Bool = false) {
    let count = max(0, min(width, values.count))
    columns = (0..<count).map { column in
      let part = values[(column * values.count / count)..<((column + 1) * values.count / count)]
      guard part.allSatisfy(\.isFinite) else { return nil }
      // Halves that are added may not exceed what a number can hold.
      return part.reduce(0) { $0 + $1 / Double(part.count) }
    }
    let finite = columns.compactMap(\.self)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    isLogarithmic = mayBeLogarithmic && low > 0 && high / low >= Self.logarithmicRatio
  }

  private static let logarithmicRatio = 10.0

  /// A character for each column.
  package var text: String {
    let heights = columns.map { value in value.map { isLogarithmic ? log($0) : $0 } }
    let finite = heights.compactMap(\.self)
    guard let low = finite.min(), let high = finite.max() else {
      return String(repeating: Self.notFinite, count: columns.count)
    }
    return String(
      heights.map { height in
        guard let height else { return Self.notFinite }
        return Self.blocks[Self.level(height, low, high)]
      })
  }

  /// The block of a height between the lowest and the highest.
  private static func level(_ height: Double, _ low: Double, _ high: Double) -> Int {
    let top = blocks.count - 1
    // Half of each: their difference may exceed what a number can hold.
    let range = high / 2 - low / 2
    guard range > 0 else { return 0 }
    return min(top, max(0, Int(((height / 2 - low / 2) / range * Double(top)).rounded())))
  }
}
