import CLibraries
import Foundation
import LeRobotCore

/// The folder of gym_aloha's models and meshes.
package struct AlohaAssets: Sendable, Equatable {
  /// The variable that names the folder; nothing else is looked at then.
  package static let variable = "GYM_ALOHA_ASSETS"

  package let folder: String

  /// - Parameter libraries: the folder of the program's own libraries, which may hold a `gym_aloha`.
  /// - Throws: `EnvironmentError.libraryMissing`.
  package init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    libraries: String = String(cString: cl_folder())
  ) throws(EnvironmentError) {
    let pythons = PythonEnvironments(environment, libraries: libraries)
    let chosen = pythons.value(Self.variable)
    let folders =
      chosen.map { [$0] }
      ?? PythonPackages.paths("gym_aloha", in: pythons, libraries: libraries).map { $0 + "/assets" }
    guard let folder = folders.first(where: Self.isWhole) else {
      throw .libraryMissing(
        library: "ALOHA's models",
        reason: chosen.map { "\(Self.variable)=\($0) holds none" }
          ?? "no Python environment has them",
        package: "gym_aloha 0.1.5 (Scripts/setup, or pip install gym-aloha==0.1.5)")
    }
    self.folder = folder
  }

  private static func isWhole(_ folder: String) -> Bool {
    AlohaTask.allCases.allSatisfy {
      FileManager.default.fileExists(atPath: "\(folder)/\($0.modelFile)")
    }
  }
}
