import Foundation

/// A torch folder, as Python's package and libtorch's archive have it: `lib/`, and a file that says which
/// release it is.
package struct TorchFolder: Sendable, Equatable {
  package let path: String
  /// As torch writes it: `2.7.1+cu126`.
  package let version: String
  /// CUDA's version that it was built for; nil where it is for the CPU alone.
  package let cuda: String?

  /// nil where there is no libtorch.
  package init?(_ path: String) {
    guard FileManager.default.fileExists(atPath: path + "/lib/libtorch_cpu.so") else { return nil }
    self.path = path
    let python = Self.text(path + "/version.py")
    version = Self.value("__version__", in: python) ?? Self.text(path + "/build-version")
    cuda = Self.value("cuda", in: python)
  }

  /// Releases of one number have one binary interface: `2.7`.
  package var release: String {
    version.split(separator: ".").prefix(2).joined(separator: ".")
  }

  var libraries: String { path + "/lib" }

  private static func text(_ path: String) -> String {
    let bytes = FileManager.default.contents(atPath: path) ?? Data()
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Of a line like `cuda: Optional[str] = '12.6'`; nil for `None`.
  private static func value(_ name: String, in python: String) -> String? {
    for line in python.split(whereSeparator: \.isNewline) {
      let sides = line.split(separator: "=", maxSplits: 1)
      let left = sides[0].split(separator: ":")[0].trimmingCharacters(in: .whitespaces)
      guard sides.count == 2, left == name else { continue }
      let right = sides[1].trimmingCharacters(in: .whitespaces)
      guard right.count > 2, right.hasPrefix("'"), right.hasSuffix("'") else { return nil }
      return String(right.dropFirst().dropLast())
    }
    return nil
  }
}
