import Foundation
import LeRobotCore

/// Files that only a test sees.
package struct MemoryFileSystem: ConfigFileSystem {
  package var files: [String: String]
  package var directories: Set<String>

  /// Every directory above a file exists too.
  package init(_ files: [String: String] = [:], directories: Set<String> = []) {
    self.files = files
    self.directories = directories
    for path in files.keys {
      var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      while !parts.isEmpty {
        self.directories.insert(parts.joined(separator: "/"))
        parts.removeLast()
      }
    }
  }

  package func kind(of path: String) -> FileKind? {
    if files[path] != nil { return .file }
    if path == "." { return .directory }
    let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
    return directories.contains(trimmed) ? .directory : nil
  }

  package func contents(of path: String) throws -> Data {
    guard let text = files[path] else { throw CocoaError(.fileReadNoSuchFile) }
    return Data(text.utf8)
  }

  package func entries(of directory: String) -> [String] {
    if directory == "." { return ["Package.swift"] }
    let inside = (Array(files.keys) + directories).filter { $0.hasPrefix(directory + "/") }
    return Set(inside.compactMap { $0.dropFirst(directory.count + 1).split(separator: "/").first })
      .map(String.init)
  }

  package func resolved(_ path: String) -> String { path }
}

extension ConfigMachine {
  /// A machine with a processor alone, on 2026-11-21 at 15:09:06 UTC.
  package static func forTests(
    files: [String: String] = [:], directories: Set<String> = [],
    devices: Set<String> = ["cpu"], remote: any RemoteFiles = NoRemoteFiles()
  ) -> ConfigMachine {
    ConfigMachine(
      files: MemoryFileSystem(files, directories: directories),
      isAvailable: { devices.contains($0) },
      now: Date(timeIntervalSince1970: 1_795_273_746),
      timeZone: TimeZone(secondsFromGMT: 0) ?? .current, remote: remote)
  }
}
