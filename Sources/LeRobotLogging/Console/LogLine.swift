import Foundation
import LeRobotCore

/// One record as LeRobot writes it on standard error (LeRobot `utils/utils.py`, `init_logging`):
/// level, local time, the last 15 columns of its origin, message.
///
///     INFO 2026-11-21 15:09:06 ot_train.py:354 Start offline training on a fixed dataset
package enum LogLine {
  /// The record's text, without a line end.
  ///
  /// - Parameter origin: file and line, `lerobot_train.py:354`.
  package static func format(
    _ message: String, level: LogLevel = .info, time: Date, origin: String
  ) -> String {
    let place = String(origin.suffix(15))
    let padding = String(repeating: " ", count: 15 - place.count)
    return "\(level.rawValue) \(timestamp(time)) \(padding)\(place) \(message)"
  }

  /// Local time as `%Y-%m-%d %H:%M:%S`.
  private static func timestamp(_ time: Date) -> String {
    var seconds = time_t(time.timeIntervalSince1970.rounded(.down))
    var parts = tm()
    localtime_r(&seconds, &parts)
    let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(Int.init)
    return date.map(twoDigits).joined(separator: "-") + " "
      + clock.map(twoDigits).joined(separator: ":")
  }

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : String(number)
  }
}
