/// How the text of an option becomes a value: YAML 1.1 without `--config_path`, JSON with it.
enum Dialect: Sendable {
  case yaml
  case json

  /// The value, and for JSON that is none what YAML makes of it.
  /// - Throws: `ConfigIssue` for text that the dialect cannot read.
  func value(
    of option: GivenOption, files: any ConfigFileSystem
  ) throws(ConfigIssue) -> (value: JSONValue, alternative: JSONValue?) {
    let read = try value(of: option)
    guard case .string(let text) = read.value, text.hasPrefix("include") else { return read }
    return (try included(String(text.dropFirst("include ".count)), option, files), nil)
  }

  private func value(
    of option: GivenOption
  ) throws(ConfigIssue) -> (value: JSONValue, alternative: JSONValue?) {
    switch self {
    case .yaml:
      guard !option.value.isEmpty else { return ("", nil) }
      do {
        return (try YAMLDialect.document(option.value).value, nil)
      } catch {
        throw .invalidYAML(
          argument: option.argument, message: error.message, remedy: "check its brackets and quotes"
        )
      }
    case .json:
      do {
        return (try JSONValue(parsing: option.value), nil)
      } catch {
        if case .tooDeep = error {
          throw .invalidYAML(
            argument: option.argument, message: error.description, remedy: "nest it less deeply")
        }
        let alternative = try? Dialect.yaml.value(of: option).value
        let isText = alternative?.stringValue != nil
        return (.string(option.value), isText ? nil : alternative)
      }
    }
  }

  /// draccus's `include FILE`: the value is what the file holds.
  private func included(
    _ path: String, _ option: GivenOption, _ files: any ConfigFileSystem
  ) throws(ConfigIssue) -> JSONValue {
    guard files.kind(of: path) == .file else {
      throw .invalidYAML(
        argument: option.argument,
        message: "a value that begins with \"include\" names a file, and there is none at "
          + "\"\(path.shortened)\"",
        remedy: "put the value in quotes")
    }
    return try ConfigFile(path: path, dialect: self, files: files).document.value
  }
}
