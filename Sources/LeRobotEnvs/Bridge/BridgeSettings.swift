import Foundation
import LeRobotCore

/// How environments of Python are served (Documentation/Environments.md).
package struct BridgeSettings: Sendable {
  /// The Python that serves them.
  package var python: String
  /// `environment_server.py`, which comes with the program.
  package var server: String
  /// The variables of a server's process.
  package var variables: [String: String]
  /// Seconds until a server must have made its environments.
  package var startLimit = 600.0
  /// Seconds until an environment must have answered.
  package var answerLimit = 300.0
  /// Whether code of a repository on the hub may run.
  package var trustsRemoteCode = false
  /// Seeds the generators of a server's process, from which some environments draw; nil leaves them.
  package var seed: UInt64?
  /// A process for every environment, instead of one for all of a task.
  package var hasProcessPerEnvironment = false

  package init(python: String, server: String, variables: [String: String] = [:]) {
    self.python = python
    self.server = server
    self.variables = variables
  }
}

extension BridgeSettings {
  /// The variable that names a Python, by its program or by the folder of its environment.
  package static let pythonVariable = "LEROBOT_PYTHON"

  /// The settings of this process: the Python that the user named, else that of the active virtual
  /// environment, else that of the program's own.
  ///
  /// - Parameters:
  ///   - variables: the process's.
  ///   - libraries: the folder of the program's own libraries, which holds the server.
  /// - Throws: `EnvironmentError.noPython` and `noServer`.
  package init(
    _ variables: [String: String], libraries: String
  ) throws(EnvironmentError) {
    let environments = PythonEnvironments(variables, libraries: libraries)
    guard let server = Self.server(environments, libraries) else {
      throw .noServer(folder: libraries)
    }
    self.init(python: try Self.python(environments), server: server, variables: variables)
  }

  private static func python(
    _ environments: PythonEnvironments
  ) throws(EnvironmentError) -> String {
    if let named = environments.value(pythonVariable) {
      guard let python = program(named) else { throw .noPython(named: named) }
      return python
    }
    let nearest = environments.nearest
    // The active ones before the program's own.
    for folder in nearest.dropFirst() + nearest.prefix(1) {
      if let python = program(folder) { return python }
    }
    throw .noPython(named: nil)
  }

  /// The program itself, or that of an environment's folder.
  private static func program(_ path: String) -> String? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    let program = isFolder.boolValue ? path + "/bin/python3" : path
    return FileManager.default.isExecutableFile(atPath: program) ? program : nil
  }

  /// Beside the program's libraries, or in the checkout that it was built in.
  private static func server(_ environments: PythonEnvironments, _ libraries: String) -> String? {
    let name = "environment_server.py"
    return ([libraries] + environments.above.map { $0 + "/Scripts" }).map { "\($0)/\(name)" }
      .first { FileManager.default.fileExists(atPath: $0) }
  }
}
