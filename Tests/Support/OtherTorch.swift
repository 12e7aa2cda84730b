import Foundation

/// The releases of libtorch beside the one that the tests compute with.
package enum OtherTorch {
  /// Their folders, where Scripts/shims has fetched them and built their shims.
  package static var present: [String] {
    ["2.7.1", "2.9.1", "2.11.0"].filter { release in
      let shim = ".build/shims/\(release.split(separator: ".").prefix(2).joined(separator: "."))"
      let files = [shim + "/release/libCTorch.so", ".deps/torch/\(release)/lib/libtorch_cpu.so"]
      return files.map { RepositoryFiles.root.appending(path: $0).path }
        .allSatisfy(FileManager.default.fileExists)
    }
    .map { RepositoryFiles.root.appending(path: ".deps/torch/\($0)").path }
  }
}
