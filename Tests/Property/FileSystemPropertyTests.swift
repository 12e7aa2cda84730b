import Foundation
import LeRobotCore
import Support
import Testing

/// What `FileSystem` says of folders.
struct FileSystemPropertyTests {
  @Test func namesAreSorted() throws {
    let folder = try TemporaryFolder()
    for name in ["b", "a", ".c"] { _ = try folder.write([], to: name) }
    #expect(try FileSystem.list(folder.path) == [".c", "a", "b"])
  }

  @Test func aMissingFolderIsNamed() {
    #expect(throws: FileError.system(.list, path: "/no/such", code: ENOENT)) {
      try FileSystem.list("/no/such")
    }
  }

  /// A process's folder in /proc can be opened, but not listed once the process is gone: a part of
  /// a listing must not pass for the whole.
  @Test func aFolderThatCannotBeReadToItsEndIsAnError() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/cat")
    let input = Pipe()
    process.standardInput = input
    try process.run()
    let path = "/proc/\(process.processIdentifier)/fd"
    let directory = try #require(opendir(path))
    defer { closedir(directory) }
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(throws: FileError.system(.list, path: path, code: ENOENT)) {
      try FileSystem.names(in: directory, path)
    }
  }
}
