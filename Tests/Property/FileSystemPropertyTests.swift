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

  /// A part of a listing must not pass for the whole. Behind the open folder's descriptor lies
  /// something else, which cannot be listed.
  @Test func aFolderThatCannotBeReadToItsEndIsAnError() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write([], to: "a")
    let directory = try #require(opendir(folder.path))
    defer { closedir(directory) }
    let other = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(other) }
    try #require(dup2(other, dirfd(directory)) >= 0)
    #expect(throws: FileError.system(.list, path: folder.path, code: ENOTDIR)) {
      try FileSystem.names(in: directory, folder.path)
    }
  }
}
