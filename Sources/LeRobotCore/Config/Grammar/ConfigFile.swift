import Foundation

/// What is at a path.
package enum FileKind: Sendable {
  case file
  case directory
}

/// The only way in which a configuration looks at files.
package protocol ConfigFileSystem: Sendable {
  /// What is at `path`; nil for nothing.
  func kind(of path: String) -> FileKind?
  /// The bytes of a file.
  func contents(of path: String) throws -> Data
  /// Names in a directory; empty where there is no directory.
  func entries(of directory: String) -> [String]
  /// The path without symbolic links.
  func resolved(_ path: String) -> String
}

/// The files of this machine. What a kill left of a checkpoint that was being replaced is found under
/// the checkpoint's own name.
package struct DiskFileSystem: ConfigFileSystem {
  package init() {}

  package func kind(of path: String) -> FileKind? {
    let path = existing(path)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      return nil
    }
    return isDirectory.boolValue ? .directory : .file
  }

  package func contents(of path: String) throws -> Data {
    try Data(contentsOf: URL(filePath: existing(path)))
  }

  package func entries(of directory: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: existing(directory))) ?? []
  }

  private func existing(_ path: String) -> String {
    CheckpointLayout.survivor(of: path) ?? path
  }

  package func resolved(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }
}

/// A configuration file, read by its suffix: .json, .yaml, .yml, else as `dialect` says.
struct ConfigFile {
  var path: String
  var document: YAMLDialect.Document

  /// - Throws: `ConfigIssue` that names the file and, where it is malformed, the place.
  init(path: String, dialect: Dialect, files: any ConfigFileSystem) throws(ConfigIssue) {
    self.path = path
    let data: Data
    do {
      data = try files.contents(of: path)
    } catch {
      throw .unreadableFile(path: path, message: error.localizedDescription)
    }
    if path.hasSuffix(".toml") {
      throw .malformedFile(path: path, message: "TOML is not read; write it as JSON or YAML")
    }
    let isYAML = path.hasSuffix(".yaml") || path.hasSuffix(".yml")
    switch isYAML ? .yaml : path.hasSuffix(".json") ? .json : dialect {
    case .json: document = try Self.json(data, path)
    case .yaml: document = try Self.yaml(data, path)
    }
  }

  private static func json(
    _ data: Data, _ path: String
  ) throws(ConfigIssue) -> YAMLDialect.Document {
    var parser = JSONParser(bytes: Array(data))
    parser.offsets = [:]
    do {
      let value = try parser.document()
      var positions: [ConfigPath: JSONPosition] = [:]
      for (keys, offset) in parser.offsets ?? [:] {
        positions[ConfigPath(keys)] = parser.position(of: offset)
      }
      return YAMLDialect.Document(value: value, positions: positions)
    } catch {
      throw .malformedFile(path: path, message: error.description)
    }
  }

  private static func yaml(
    _ data: Data, _ path: String
  ) throws(ConfigIssue) -> YAMLDialect.Document {
    guard let text = String(data: data, encoding: .utf8) else {
      throw .malformedFile(path: path, message: "the text is not UTF-8; save it as UTF-8")
    }
    do {
      return try YAMLDialect.document(text)
    } catch {
      let place = error.position.map { "\($0): " } ?? ""
      throw .malformedFile(path: path, message: place + error.message)
    }
  }

  /// The file's content as a layer of configuration.
  /// - Throws: `ConfigIssue` if it is no dictionary.
  func raw() throws(ConfigIssue) -> RawConfig {
    guard document.value.objectValue != nil else {
      throw .malformedFile(
        path: path, message: "expected a dictionary of options, found \(document.value.kind)")
    }
    var raw = RawConfig()
    raw.value = document.value
    let name = URL(filePath: path).lastPathComponent
    for (place, position) in document.positions where !place.keys.isEmpty {
      raw.origins[place] = .file(name: name, position: position)
    }
    return raw
  }
}
