import LeRobotCore

extension JSONValue {
  /// The value with changes that a golden lists: [path, value], or [path] for what is gone.
  package func applying(_ changes: JSONValue?) -> JSONValue {
    (changes?.arrayValue ?? []).reduce(self) { value, change in
      let path = (change[0]?.arrayValue ?? []).compactMap(\.stringValue)
      return value.changing(path[...], to: change[1])
    }
  }

  /// The value with the one at `path` replaced, or taken away.
  fileprivate func changing(_ path: ArraySlice<String>, to value: JSONValue?) -> JSONValue {
    guard let key = path.first, case .object(var members) = self else { return value ?? self }
    if path.count == 1 {
      members[key] = value
    } else {
      members[key] = members[key]?.changing(path.dropFirst(), to: value)
    }
    return .object(members)
  }

  /// The text with keys in alphabetical order: the answers say what changed, not where it stands.
  package var sortedText: String {
    func sorted(_ value: JSONValue) -> JSONValue {
      switch value {
      case .array(let elements): return .array(elements.map(sorted))
      case .object(var members):
        members.sort { $0.key < $1.key }
        return .object(members.mapValues(sorted))
      default: return value
      }
    }
    return sorted(self).pythonText()
  }
}

extension String {
  /// Where two texts begin to differ, with what stands around.
  package func difference(to other: String) -> String {
    let start = zip(self, other).prefix { $0 == $1 }.count
    let window = max(0, start - 60)
    return "\(dropFirst(window).prefix(120)) | \(other.dropFirst(window).prefix(120))"
  }
}
