import CLibraries
import Foundation
import LeRobotCore

/// Where libtorch is looked for, and which shim of ours fits what is found. No Python is started.
package struct TorchSearch: Sendable {
  /// The variable that names a torch folder; nothing else is looked at then.
  package static let variable = "LIBTORCH"

  /// A libtorch, and the file of the shim that was built for its release.
  package struct Match: Sendable, Equatable {
    package let torch: TorchFolder
    package let shim: String
  }

  private let environment: [String: String]
  private let libraries: String

  /// - Parameter libraries: the folder of the program's own libraries, where the shims are.
  package init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    libraries: String = String(cString: cl_folder())
  ) {
    self.environment = environment
    self.libraries = libraries
  }

  /// The first libtorch that there is a shim for.
  ///
  /// - Throws: `TorchError.noLibtorch` or `otherRelease`.
  package func match() throws(TorchError) -> Match {
    var unfit: TorchFolder?
    for folder in folders {
      guard let torch = TorchFolder(folder) else { continue }
      if let shim = shim(for: torch.release) { return Match(torch: torch, shim: shim) }
      unfit = unfit ?? torch
    }
    if let unfit { throw .otherRelease(found: unfit, releases: releases) }
    throw .noLibtorch(folder: chosen, releases: releases)
  }

  /// The folders to look at, in this order.
  package var folders: [String] {
    if let chosen { return [chosen] }
    let own = "\(libraries)/../.."
    let environments = [own] + ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { value($0) }
    let users = value("HOME").map { $0 + "/.local" }
    return ["\(libraries)/libtorch"] + torch(in: environments) + [checkout].compactMap(\.?.path)
      + torch(in: [users].compactMap(\.self) + pythonsOnPath)
  }

  private var chosen: String? { value(Self.variable) }

  private func value(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  private func torch(in prefixes: [String]) -> [String] {
    prefixes.flatMap(PythonPackages.folders(in:)).map { $0 + "/torch" }
  }

  private var pythonsOnPath: [String] {
    (value("PATH") ?? "").split(separator: ":").map(String.init)
      .filter { FileManager.default.isExecutableFile(atPath: $0 + "/python3") }
      .map { $0 + "/.." }
  }

  /// The libtorch of the checkout that the program was built in.
  private var checkout: TorchFolder? {
    var folder = libraries
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      if let torch = TorchFolder(folder + "/.deps/libtorch") { return torch }
    }
    return nil
  }

  private func shim(for release: String) -> String? {
    let files = ["libCTorch-\(release).so"] + (checkout?.release == release ? ["libCTorch.so"] : [])
    return files.map { "\(libraries)/\($0)" }.first(where: FileManager.default.fileExists)
  }

  /// The releases of libtorch that there are shims for, oldest first.
  package var releases: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
    let shipped = files.compactMap { $0.wholeMatch(of: /libCTorch-(\d+\.\d+)\.so/) }
      .map { String($0.1) }
    return shipped.isEmpty
      ? [checkout].compactMap(\.?.release)
      : shipped.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
  }
}
