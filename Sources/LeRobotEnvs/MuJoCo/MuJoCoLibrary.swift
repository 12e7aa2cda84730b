import CLibraries
import CMuJoCo
import Foundation
import LeRobotCore

/// MuJoCo 3.3.7, opened: a value of this type is the proof that its functions may be called.
package struct MuJoCoLibrary: Sendable {
  /// The variable that names the library's file; nothing else is looked at then.
  package static let variable = "LIBMUJOCO"
  package static let version = "3.3.7"

  private init() {}

  /// Opens the first of the candidates that is this version.
  ///
  /// - Throws: `EnvironmentError.libraryMissing`.
  package static func open(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    libraries: String = String(cString: cl_folder())
  ) throws(EnvironmentError) -> MuJoCoLibrary {
    var reason: String?
    for path in candidates(environment, libraries: libraries) {
      if cm_open(path) == 0 { return MuJoCoLibrary() }
      reason = reason ?? String(cString: cm_last_error())
    }
    throw .libraryMissing(
      library: "MuJoCo", reason: reason ?? "no Python environment has it",
      package: "mujoco \(version) (Scripts/setup, or pip install mujoco==\(version))")
  }

  /// The file that was opened.
  package var path: String { String(cString: cm_file()) }

  /// Files to try, in this order: the file `LIBMUJOCO` names, alone; the program's own library; those
  /// of the Python environments in use, of the checkout, and of other Pythons.
  package static func candidates(_ environment: [String: String], libraries: String) -> [String] {
    let pythons = PythonEnvironments(environment, libraries: libraries)
    if let chosen = pythons.value(variable) { return [chosen] }
    return PythonPackages.paths("mujoco", in: pythons, libraries: libraries).flatMap(files)
  }

  /// Other versions too, so that the message can name what there is.
  private static func files(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasPrefix("libmujoco.so.") }.sorted().map { "\(folder)/\($0)" }
  }
}

extension PythonPackages {
  /// Where a package that the program may bring itself can be, nearest first: with the program's
  /// own libraries, in the Python environments in use, in the checkout, in other Pythons.
  static func paths(
    _ name: String, in pythons: PythonEnvironments, libraries: String
  ) -> [String] {
    let folders =
      [libraries] + pythons.nearest.flatMap(folders(in:)) + pythons.above.map { $0 + "/.deps" }
      + pythons.others.flatMap(folders(in:))
    return folders.map { "\($0)/\(name)" }.filter(FileManager.default.fileExists(atPath:))
  }
}
