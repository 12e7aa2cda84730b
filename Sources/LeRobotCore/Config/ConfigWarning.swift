/// An accepted option or field that does not do what it seems to do.
package enum ConfigWarning: Sendable, Equatable {
  /// A file holds a field that this release does not know; perhaps a misspelt one.
  case droppedField(ConfigPlace, record: String, nearest: String?)
  case deprecatedOption(old: String, new: String)
  case deviceUnavailable(asked: String, used: String)
  case mixedPrecisionUnavailable(device: String)
  /// An option that the run ignores, as LeRobot does, and the one that works.
  case ignored(option: String, reason: String, remedy: String)
  /// An option that was given before, with another value.
  case replaced(option: String, by: String)
  case movedRun(saved: String, used: String)
  case notBuilt(option: String, message: String)
}

extension ConfigWarning: CustomStringConvertible {
  package var description: String {
    switch self {
    case .droppedField(let place, let record, let nearest):
      "\(place): \(record) has no such field here; it is dropped"
        + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .deprecatedOption(let old, let new):
      "\(old) is an old spelling; write \(new)"
    case .deviceUnavailable(let asked, let used):
      "--policy.device=\(asked): not available here; using \(used)"
    case .mixedPrecisionUnavailable(let device):
      "--policy.use_amp=true: not available on \(device); computing in float32"
    case .ignored(let option, let reason, let remedy):
      "\(option) has no effect: \(reason); \(remedy)"
    case .replaced(let option, let other):
      "\(option) has no effect: \(other) counts; leave one of them out"
    case .movedRun(let saved, let used):
      "output_dir: the checkpoint says \(saved), but lies in \(used); the run continues there"
    case .notBuilt(let option, let message):
      "\(option): \(message)"
    }
  }
}
