/// How much of something is done, as a bar of text.
package enum ProgressBar {
  /// Eighths of a column.
  private static let parts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

  /// - Parameters:
  ///   - share: 0 to 1.
  ///   - width: columns.
  /// - Returns: what is done, and the rest; together so wide.
  package static func text(_ share: Double, width: Int) -> (done: String, rest: String) {
    let width = max(0, width)
    let share = share.isFinite ? min(1, max(0, share)) : 0
    // Rounded down: only what is finished fills the bar.
    let eighths = Int(share * Double(8 * width))
    var done = String(repeating: "█", count: eighths / 8)
    if eighths % 8 > 0 { done.append(parts[eighths % 8 - 1]) }
    return (done, String(repeating: "░", count: width - done.count))
  }
}
