import Foundation

/// Numbers as the view writes them: a few digits that count.
enum NumberText {
  /// Four digits that count, `0.1234` or `1.234e-05`.
  static func value(_ number: Double) -> String {
    number.isNaN ? "nan" : String(format: "%.4g", number)
  }

  /// Whole where it is large, else a few digits: `530` or `5.3`.
  static func rate(_ number: Double) -> String {
    String(format: number >= 100 ? "%.0f" : "%.1f", number)
  }
}
