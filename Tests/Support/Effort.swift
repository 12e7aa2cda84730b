import Foundation

/// How much work tests do. The full measure is for `Scripts/test_long`; the short one, with the same
/// claims on fewer inputs, for every change.
package enum Effort {
  /// Whether `LEROBOT_LONG_TESTS` asks for the full measure.
  package static let isFull = ProcessInfo.processInfo.environment["LEROBOT_LONG_TESTS"] == "1"

  /// So many inputs of all.
  package static func count(_ quick: Int, of all: Int) -> Int { isFull ? all : quick }
}
