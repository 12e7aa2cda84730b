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
    let shims = shims
    let releases = shims.keys.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    var unfit: TorchFolder?
    for folder in folders {
      guard let torch = TorchFolder(folder) else { continue }
      if let shim = shims[torch.release] { return Match(torch: torch, shim: shim) }
      unfit = unfit ?? torch
    }
    if let unfit { throw .otherRelease(found: unfit, releases: releases) }
    throw .noLibtorch(folder: chosen, releases: releases)
  }

  /// The folders to look at, in this order.
  package var folders: [String] {
    if let chosen { return [chosen] }
    return ["\(libraries)/libtorch"] + torch(in: pythons.nearest)
      + [checkout].compactMap(\.?.torch.path) + torch(in: pythons.others)
  }

  private var chosen: String? { pythons.value(Self.variable) }

  private var pythons: PythonEnvironments {
    PythonEnvironments(environment, libraries: libraries)
  }

  private func torch(in prefixes: [String]) -> [String] {
    prefixes.flatMap(PythonPackages.folders(in:)).map { $0 + "/torch" }
  }

  /// The folder of the checkout that the program was built in, and the libtorch it was built with.
  private var checkout: (folder: String, torch: TorchFolder)? {
    for folder in pythons.above {
      if let torch = TorchFolder(folder + "/.deps/libtorch") { return (folder, torch) }
    }
    return nil
  }

  /// The shim for each release of libtorch. Of the releases that a program of a checkout can use, one is
  /// that of the build and Scripts/shims builds the others.
  private var shims: [String: String] {
    var files = names(in: libraries).compactMap { name -> (String, String)? in
      let match = name.wholeMatch(of: /libCTorch-(\d+\.\d+)\.so/)
      return match.map { (String($0.1), "\(libraries)/\(name)") }
    }
    if let checkout {
      files.append((checkout.torch.release, libraries + "/libCTorch.so"))
      let folder = checkout.folder + "/.build/shims"
      files += names(in: folder).map { ($0, "\(folder)/\($0)/release/libCTorch.so") }
    }
    let present = files.filter { FileManager.default.fileExists(atPath: $0.1) }
    return Dictionary(present) { first, _ in first }
  }

  private func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }
}
