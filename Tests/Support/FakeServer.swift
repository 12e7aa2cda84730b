import Foundation
import LeRobotCore
import LeRobotEnvs

/// The servers of environments that tests start: `Tests/FakeServer/server.py`.
package enum FakeServer {
  /// The Python on the path; nil where there is none.
  package static let python: String? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/python3" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  package static var script: String {
    RepositoryFiles.root.appending(path: "Tests/FakeServer/server.py").path
  }

  /// How such a server is started.
  ///
  /// - Parameters:
  ///   - isAlone: a process for every environment.
  ///   - log: the file that gets the numbers of the processes.
  ///   - variables: further ones.
  package static func settings(
    isAlone: Bool = false, log: String? = nil, variables: [String: String] = [:]
  ) -> BridgeSettings {
    var all = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    if let log { all["FAKE_SERVER_LOG"] = log }
    var settings = BridgeSettings(python: python ?? "", server: script, variables: all)
    settings.hasProcessPerEnvironment = isAlone
    return settings
  }

  /// The environment whose server does what `task` says.
  package static func config(_ task: String, parallel: Int = 1) -> EnvironmentConfig {
    EnvironmentConfig(
      type: "metaworld", fields: ["task": .string(task), "max_parallel_tasks": .int(parallel)])
  }

  /// The numbers of the processes that were started, in a log of theirs.
  package static func processes(in log: String) -> [Int32] {
    ((try? TextFile.read(log)) ?? "").split(separator: "\n").compactMap { Int32($0) }
  }
}
