import Foundation
import LeRobotCore

/// A small dataset that differs from what LeRobot writes, and what is right for it
/// (`Fixtures/generate/odd_datasets.py`).
package struct OddDataset: Decodable, Sendable, CustomStringConvertible {
  /// What a run should do.
  package struct Outcome: Decodable, Sendable {
    package enum Kind: String, Decodable, Sendable { case trains, warns, error }

    package let kind: Kind
    /// LeRobot's, step by step; nil where only their being finite counts.
    package let losses: [Double]?
    /// What the error or one of the warnings matches, and what it must not match.
    package let says: String?
    package let silent: String?

    private enum CodingKeys: String, CodingKey {
      case kind = "is"
      case losses, says
      case silent = "not"
    }
  }

  package let name: String
  /// In a clause, for people.
  package let what: String
  private let base: String
  private let policy: String
  /// Its own; they take the place of others of the same names.
  private let arguments: [String]
  private let removed: [String]
  /// Files that are one of the base's under another name.
  private let copied: [String: String]
  private let links: [String: String]
  /// Any of them is right.
  package let right: [Outcome]
  package var description: String { name }

  private static var folder: URL { RepositoryFiles.fixtures.appending(path: "datasets/odd") }
  private var baseFolder: String { Self.folder.appending(path: "base/\(base)").path }

  /// All of them, with the arguments that they share.
  package struct Cases: Decodable, Sendable {
    fileprivate let common: [String]
    fileprivate let policies: [String: [String]]
    fileprivate let bases: [String: String]
    package let cases: [OddDataset]

    package static func read() throws -> Cases {
      let data = try Data(contentsOf: OddDataset.folder.appending(path: "cases.json"))
      return try JSONDecoder().decode(Cases.self, from: data)
    }

    /// The arguments of a run on a dataset, without its folder.
    package func arguments(of odd: OddDataset) -> [String] {
      let own = Set(odd.arguments.map(Self.name))
      let shared = common + (policies[odd.policy] ?? []) + [bases[odd.base]].compactMap(\.self)
      return shared.filter { !own.contains(Self.name($0)) } + odd.arguments
    }

    private static func name(_ argument: String) -> Substring { argument.prefix { $0 != "=" } }
  }

  /// Lays the dataset out in a folder that is not there yet.
  package func lay(_ target: String) throws {
    let files = FileManager.default
    try files.copyItem(atPath: baseFolder, toPath: target)
    for file in removed { try files.removeItem(atPath: "\(target)/\(file)") }
    for (file, source) in copied {
      let data = try Data(contentsOf: URL(filePath: "\(baseFolder)/\(source)"))
      try write(data, "\(target)/\(file)")
    }
    let overlay = Self.folder.appending(path: "overlays/\(name)").path
    if files.fileExists(atPath: overlay) {
      for (file, data) in try contents(of: overlay) { try write(data, "\(target)/\(file)") }
    }
    try removeEmptyFolders(of: target)
    for (file, destination) in links {
      try prepare("\(target)/\(file)")
      try files.createSymbolicLink(
        atPath: "\(target)/\(file)", withDestinationPath: destination)
    }
  }

  private func write(_ data: Data, _ file: String) throws {
    try prepare(file)
    try data.write(to: URL(filePath: file))
  }

  /// Makes the folder of a file that may be there from the base.
  private func prepare(_ file: String) throws {
    let parent = URL(filePath: file).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
  }

  /// What was removed left its folders behind, where a link may have to stand.
  private func removeEmptyFolders(of folder: String) throws {
    let files = FileManager.default
    // The deepest first.
    for name in try files.subpathsOfDirectory(atPath: folder).sorted(by: >) {
      let path = "\(folder)/\(name)"
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        continue
      }
      if try files.contentsOfDirectory(atPath: path).isEmpty { try files.removeItem(atPath: path) }
    }
  }
}
