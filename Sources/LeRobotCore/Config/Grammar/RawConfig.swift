import OrderedCollections

/// A configuration as it was written, unchecked, with the origin of each part.
struct RawConfig {
  var value: JSONValue = .object([:])
  var origins = ConfigOrigins()
  /// For options read as JSON: what YAML would have made of them, by the option's path.
  var alternatives: [ConfigPath: JSONValue] = [:]

  /// Puts `value` at `path` as draccus does (`utils.deflatten`).
  /// - Throws: `ConfigIssue` if something on the way is no dictionary.
  mutating func set(
    _ path: ConfigPath, to value: JSONValue, origin: ConfigOrigin
  ) throws(ConfigIssue) {
    guard self.value.set(path.keys[...], to: value) else {
      throw .invalidValue(
        ConfigPlace(path: path, origin: origin), found: "an option inside something else",
        expected: "the whole to be a dictionary",
        hint: "leave out --\(path.keys[0])=…")
    }
    origins.remove(inside: path)
    origins[path] = origin
  }

  /// Lets `other` override: dictionaries merge, everything else is replaced.
  mutating func merge(_ other: RawConfig) {
    value = merged(value, other.value, ConfigPath())
    for path in other.origins.listed { origins[path] = other.origins[path] }
    alternatives.merge(other.alternatives) { $1 }
  }

  private mutating func merged(
    _ old: JSONValue, _ new: JSONValue, _ path: ConfigPath
  ) -> JSONValue {
    guard case .object(var members) = old, case .object(let overrides) = new else {
      origins.remove(inside: path)
      return new
    }
    for (key, value) in overrides {
      members[key] = members[key].map { merged($0, value, path / key) } ?? value
    }
    return .object(members)
  }

  /// Drops all members but these.
  mutating func keep(_ keys: Set<String>) {
    drop((value.objectValue?.keys ?? []).filter { !keys.contains($0) })
  }

  /// Drops these members.
  mutating func drop(_ keys: [String]) {
    for key in keys {
      value.remove([key])
      origins.remove(inside: ConfigPath([key]))
    }
  }

  /// Moves a value to a place where none is.
  mutating func move(_ path: ConfigPath, to other: ConfigPath) {
    guard let moved = value.inside(path.keys[...]), value.inside(other.keys[...]) == nil else {
      return
    }
    let origin = origins[path]
    value.remove(path.keys[...])
    _ = value.set(other.keys[...], to: moved)
    origins.remove(inside: path)
    origins[other] = origin
  }

  /// Takes a value out into another configuration, where it is here.
  mutating func move(_ path: ConfigPath, into other: inout RawConfig) {
    guard let moved = value.inside(path.keys[...]) else { return }
    _ = other.value.set(path.keys[...], to: moved)
    other.origins[path] = origins[path]
    value.remove(path.keys[...])
    origins.remove(inside: path)
  }

  /// Takes a value over from another configuration, where there is one.
  mutating func take(_ path: ConfigPath, of other: RawConfig, to place: ConfigPath) {
    guard let taken = other.value.inside(path.keys[...]), taken != .null,
      value.set(place.keys[...], to: taken)
    else { return }
    origins.remove(inside: place)
    for inner in other.origins.listed where inner.isInside(path) {
      origins[ConfigPath(place.keys + inner.keys.dropFirst(path.keys.count))] =
        other.origins[inner]
    }
  }

  /// Takes YAML's reading of the option at `path`.
  mutating func useAlternative(at path: ConfigPath) {
    guard let alternative = alternatives.removeValue(forKey: path) else { return }
    let origin = origins[path]
    _ = value.set(path.keys[...], to: alternative)
    origins[path] = origin
  }
}

extension JSONValue {
  /// The value at the end of a path of keys.
  fileprivate func inside(_ keys: ArraySlice<String>) -> JSONValue? {
    guard let key = keys.first else { return self }
    return self[key]?.inside(keys.dropFirst())
  }

  /// Removes the value at the end of a path of keys.
  fileprivate mutating func remove(_ keys: ArraySlice<String>) {
    guard let key = keys.first, case .object(var members) = self else { return }
    if keys.count == 1 {
      members.removeValue(forKey: key)
    } else {
      members[key]?.remove(keys.dropFirst())
    }
    self = .object(members)
  }

  /// Puts a value at the end of a path of keys; false if the path leads through no dictionary.
  fileprivate mutating func set(_ keys: ArraySlice<String>, to value: JSONValue) -> Bool {
    guard let key = keys.first else {
      self = value
      return true
    }
    guard case .object(var members) = self else { return false }
    var inner = members[key] ?? .object([:])
    let isSet = inner.set(keys.dropFirst(), to: value)
    members[key] = inner
    self = .object(members)
    return isSet
  }
}
