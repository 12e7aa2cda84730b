import Foundation

/// Where environments of Python keep their packages, found without starting Python.
package enum PythonPackages {
  /// The folders of packages that the environment at `prefix` sees: its own, then those of the Python it was
  /// made from where it shows them (`include-system-site-packages`).
  package static func folders(in prefix: String) -> [String] {
    own(prefix) + (base(of: prefix).map(own) ?? [])
  }

  /// Debian has a Python's packages under `/usr/lib`, and those that pip adds under `/usr/local/lib`.
  private static func own(_ prefix: String) -> [String] {
    ["local/lib", "lib", "lib64"].flatMap { folder in
      names(in: "\(prefix)/\(folder)").filter { $0.hasPrefix("python3") }.sorted().flatMap { name in
        ["site-packages", "dist-packages"].map { "\(prefix)/\(folder)/\(name)/\($0)" }
      }
    }
    .filter(FileManager.default.fileExists)
  }

  private static func base(of prefix: String) -> String? {
    guard let bytes = FileManager.default.contents(atPath: prefix + "/pyvenv.cfg") else {
      return nil
    }
    var values: [String: String] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let sides = line.split(separator: "=", maxSplits: 1)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      if sides.count == 2 { values[sides[0]] = sides[1] }
    }
    guard values["include-system-site-packages"] == "true" else { return nil }
    return values["home"].map { $0 + "/.." }
  }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }
}
