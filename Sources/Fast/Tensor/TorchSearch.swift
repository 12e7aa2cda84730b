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
    let own = URL(filePath: libraries + "/../..").standardized.path
    let environments = [own] + ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { value($0) }
    let users = value("HOME").map { $0 + "/.local" }
    return ["\(libraries)/libtorch"] + torch(in: environments)
      + [checkout].compactMap(\.?.torch.path)
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
      .map { URL(filePath: $0 + "/..").standardized.path }
  }

  /// The folder of the checkout that the program was built in, and the libtorch it was built with.
  private var checkout: (folder: String, torch: TorchFolder)? {
    var folder = libraries
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
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
