/// The way to a value: `policy`, `input_features`, `observation.state`, `shape`.
package struct ConfigPath: Sendable, Hashable, CustomStringConvertible {
  package var keys: [String]

  package init(_ keys: [String] = []) {
    self.keys = keys
  }

  package static func / (path: ConfigPath, key: String) -> ConfigPath {
    ConfigPath(path.keys + [key])
  }

  /// The path as options spell it.
  package var description: String {
    keys.joined(separator: ".")
  }

  /// Whether `other` leads to this path or to something that holds it.
  package func isInside(_ other: ConfigPath) -> Bool {
    keys.starts(with: other.keys)
  }
}

/// Where a value came from.
package enum ConfigOrigin: Sendable, Hashable {
  case fallback
  case preset
  case file(name: String, position: JSONPosition?)
  /// The argument as it was typed.
  case commandLine(argument: String)
}

/// The origin of each value; a value that is not listed has the origin of the value around it.
package struct ConfigOrigins: Sendable, Equatable {
  private var origins: [ConfigPath: ConfigOrigin] = [:]

  package init() {}

  /// The origin of the value at `path`.
  package subscript(path: ConfigPath) -> ConfigOrigin {
    get {
      var keys = path.keys
      while true {
        if let origin = origins[ConfigPath(keys)] { return origin }
        if keys.isEmpty { return .fallback }
        keys.removeLast()
      }
    }
    set { origins[path] = newValue }
  }

  /// Whether the value at `path` was given itself, not only something around it.
  package func isListed(_ path: ConfigPath) -> Bool {
    origins[path] != nil
  }

  /// Every path that was given, in no order.
  package var listed: [ConfigPath] {
    Array(origins.keys)
  }

  /// Forgets what was known about `path` and everything inside it.
  package mutating func remove(inside path: ConfigPath) {
    origins = origins.filter { !$0.key.isInside(path) }
  }
}
