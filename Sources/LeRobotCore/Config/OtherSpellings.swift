/// Options under other names: those of older tutorials, and those that newer LeRobots gave them.
enum OtherSpellings {
  private static let older = [
    "--offline.steps": "--steps", "--device": "--policy.device", "--use_amp": "--policy.use_amp",
  ]

  /// The arguments under the names of 0.4.2, and what to say of it.
  static func replaced(
    _ arguments: [String], newer: [NewerField]
  ) -> (arguments: [String], warnings: [ConfigWarning]) {
    var warnings: [ConfigWarning] = []
    let replaced = hubEnvironment(arguments).map { argument -> String in
      let name = String(argument.prefix { $0 != "=" })
      if let new = older[name] {
        warnings.append(.deprecatedOption(old: name, new: new))
        return new + argument.dropFirst(name.count)
      }
      for field in newer {
        if case .renamed(let old) = field.meaning, name == "--\(field.path)" {
          warnings.append(.newerOption(name, known: "--\(old)"))
          return "--\(old)" + argument.dropFirst(name.count)
        }
      }
      return argument
    }
    return (replaced, warnings)
  }

  /// `--env.type=USER/NAME`, a repository as LeRobot's `make_env` takes it, is a type and a task.
  private static func hubEnvironment(_ arguments: [String]) -> [String] {
    let option = "--env.type"
    var result: [String] = []
    for argument in arguments {
      let value =
        result.last == option
        ? argument : argument.hasPrefix(option + "=") ? String(argument.dropFirst(11)) : ""
      guard value.contains("/") else {
        result.append(argument)
        continue
      }
      if result.last == option { result.removeLast() }
      result += ["\(option)=\(EnvironmentConfig.hubType)", "--env.task=\(value)"]
    }
    return result
  }
}
