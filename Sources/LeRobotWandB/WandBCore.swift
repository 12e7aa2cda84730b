import CLibraries
import Foundation
import LeRobotCore

/// wandb-core: the program of the `wandb` wheel that talks to the server. No Python is started.
package struct WandBCore: Sendable, Equatable {
  package let path: String

  /// The variable that names the program; nothing else is looked at then.
  static let variable = "LEROBOT_WANDB_CORE"

  package init(path: String) { self.path = path }

  /// The program, in the environments where libtorch is looked for too; nil where none has it.
  ///
  /// - Parameters:
  ///   - variables: the process's.
  ///   - libraries: the folder of the program's own libraries.
  package init?(
    in variables: [String: String], libraries: String = String(cString: cl_folder())
  ) {
    let pythons = PythonEnvironments(variables, libraries: libraries)
    if let chosen = pythons.value(Self.variable) {
      self.init(path: chosen)
      return
    }
    let folders =
      pythons.nearest.flatMap(PythonPackages.folders(in:))
      + pythons.above.map { "\($0)/.deps/wandb" }
      + pythons.others.flatMap(PythonPackages.folders(in:))
    let programs = folders.map { "\($0)/wandb/bin/wandb-core" }
    guard let path = programs.first(where: FileManager.default.isExecutableFile) else {
      return nil
    }
    self.init(path: path)
  }

  /// Whether it describes the machine only where it is asked to: since 0.22, as the name of the wheel's
  /// own folder tells.
  package var needsProbe: Bool {
    let packages = URL(filePath: path + "/../../..").standardized.path
    let names = (try? FileSystem.list(packages)) ?? []
    let release = names.compactMap { $0.wholeMatch(of: /wandb-(\d+)\.(\d+)[^-]*\.dist-info/) }.first
    guard let release, let major = Int(release.1), let minor = Int(release.2) else { return false }
    return (major, minor) >= (0, 22)
  }
}
