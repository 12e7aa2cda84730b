import Foundation

/// The environments of Python that a user may mean, without one being named: where libtorch and
/// wandb-core are looked for.
package struct PythonEnvironments: Sendable {
  private let variables: [String: String]
  private let libraries: String

  /// - Parameters:
  ///   - variables: the process's.
  ///   - libraries: the folder of the program's own libraries.
  package init(_ variables: [String: String], libraries: String) {
    (self.variables, self.libraries) = (variables, libraries)
  }

  /// The program's own, where pip installed it, then the active ones.
  package var nearest: [String] {
    let own = URL(filePath: libraries + "/../..").standardized.path
    return [own] + ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { value($0) }
  }

  /// The user's own packages, then those of every Python on the `PATH`.
  package var others: [String] {
    let users = value("HOME").map { $0 + "/.local" }
    return [users].compactMap(\.self) + pythonsOnPath
  }

  /// The folders above the program's libraries, the checkout that it was built in among them.
  package var above: [String] {
    var (folders, folder) = ([String](), libraries)
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      folders.append(folder)
    }
    return folders
  }

  private var pythonsOnPath: [String] {
    (value("PATH") ?? "").split(separator: ":").map(String.init)
      .filter { FileManager.default.isExecutableFile(atPath: $0 + "/python3") }
      .map { URL(filePath: $0 + "/..").standardized.path }
  }

  /// A variable that is set and not empty.
  package func value(_ name: String) -> String? {
    variables[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
