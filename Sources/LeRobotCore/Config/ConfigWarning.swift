/// An accepted option or field that does not do what it seems to do.
package enum ConfigWarning: Sendable, Equatable {
  /// A file holds fields that this release does not know; perhaps misspelt ones.
  case droppedFields([DroppedField])
  case deprecatedOption(old: String, new: String)
  /// A newer LeRobot's name of an option.
  case newerOption(String, known: String)
  /// A newer LeRobot wrote the file; fields of it that change nothing here.
  case newerFields(file: String, [String])
  case deviceUnavailable(asked: String, used: String)
  case mixedPrecisionUnavailable(device: String)
  /// An option that the run ignores, as LeRobot does, and the one that works.
  case ignored(option: String, reason: String, remedy: String)
  /// An option that was given before, with another value.
  case replaced(option: String, by: String)
  case movedRun(saved: String, used: String)
  /// A checkpoint that `--resume=auto` passes over; it takes another one, or begins the run.
  case damagedCheckpoint(String, used: String?)
}

extension ConfigWarning {
  /// One warning for all fields that files hold and nothing here reads.
  static func dropped(_ fields: [DroppedField]) -> [ConfigWarning] {
    fields.isEmpty ? [] : [.droppedFields(fields)]
  }

  /// A warning for each option of newer LeRobots that was typed, and one for all that are in a file.
  static func idle(_ fields: [(place: ConfigPlace, field: NewerField)]) -> [ConfigWarning] {
    var warnings: [ConfigWarning] = []
    var saved: [String] = []
    for (place, field) in fields {
      guard case .commandLine(let argument) = place.origin else {
        saved.append(place.path.description)
        continue
      }
      var reason = "it asks for what is done anyway"
      if case .ignored(let own) = field.meaning { reason = own }
      warnings.append(.ignored(option: argument, reason: reason, remedy: "leave it out"))
    }
    let file = fields.lazy.map(\.place.file).first { !$0.isEmpty }
    return warnings + (file.map { [.newerFields(file: $0, saved)] } ?? [])
  }
}

extension [DroppedField] {
  /// Each of them by name, and the field that may be meant.
  fileprivate var text: String {
    guard let first else { return "" }
    guard count > 1 else {
      return "\(first.place): \(first.record) has no such field here; it is dropped"
        + (first.nearest.map { "; did you mean \($0)?" } ?? "")
    }
    let names = map { field in
      "\(field.place.path)" + (field.nearest.map { " (did you mean \($0)?)" } ?? "")
    }
    return "\(first.place.file): fields that are not known here are dropped: \(names.listed)"
  }
}

extension ConfigWarning: CustomStringConvertible {
  package var description: String {
    switch self {
    case .droppedFields(let fields): fields.text
    case .newerOption(let name, let known):
      "\(name) is newer LeRobot's name of \(known), which is set"
    case .newerFields(let file, let names):
      "\(file): a newer LeRobot wrote it; these fields of it change nothing here: \(names.listed)"
    case .deprecatedOption(let old, let new):
      "\(old) is an old spelling; write \(new)"
    case .deviceUnavailable(let asked, let used):
      "--policy.device=\(asked): not available here"
        + (asked.hasPrefix("cuda") ? " (no NVIDIA driver)" : "") + "; using \(used)"
    case .mixedPrecisionUnavailable(let device):
      "--policy.use_amp=true: not available on \(device); computing in float32"
    case .ignored(let option, let reason, let remedy):
      "\(option) has no effect: \(reason); \(remedy)"
    case .replaced(let option, let other):
      "\(option) has no effect: \(other) counts; leave one of them out"
    case .damagedCheckpoint(let path, let used):
      "\(path): the checkpoint is not whole; "
        + (used.map { "the run continues from \($0)" } ?? "no other one is there")
    case .movedRun(let saved, let used):
      "output_dir: the checkpoint says \(saved), but lies in \(used); the run continues there"
    }
  }
}
