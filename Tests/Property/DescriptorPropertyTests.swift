import Foundation
import LeRobotData
import Support
import Testing

/// Files that the process has open are its own: a program that it starts does not get them.
struct DescriptorPropertyTests {
  /// Open files whose path holds a text, and whether a started program would have them too.
  private static func openFiles(_ part: String) throws -> [(path: String, isInherited: Bool)] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { name in
      // Other tests close theirs meanwhile.
      guard
        let path = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/self/fd/\(name)"),
        path.contains(part), let number = Int32(name)
      else { return nil }
      let flags = fcntl(number, F_GETFD)
      return flags < 0 ? nil : (path, flags & FD_CLOEXEC == 0)
    }
  }

  @Test func filesOfADatasetAreNotInherited() throws {
    let folder = try TemporaryFolder()
    let root = try DatasetFixture.copy("v30", into: folder)
    let dataset = try DatasetFixture.open(root)
    let reader = dataset.makeReader()
    _ = try reader.batch([0, 20])
    let table = try ParquetFile(path: root + "/data/chunk-000/file-000.parquet")
    let files = try Self.openFiles(folder.path)
    #expect(files.contains { $0.path.hasSuffix(".mp4") }, "\(files)")
    #expect(files.contains { $0.path.hasSuffix(".parquet") }, "\(files)")
    #expect(files.filter(\.isInherited).map(\.path) == [])
    withExtendedLifetime((reader, table)) {}
  }

  @Test func temporaryPicturesAreNotInherited() throws {
    let reader = try DatasetFixture.open(DatasetFixture.layout("v21")).makeReader()
    _ = try reader.batch([0])
    let files = try Self.openFiles("/lerobot-images-")
    #expect(!files.isEmpty)
    #expect(files.filter(\.isInherited).map(\.path) == [])
    withExtendedLifetime(reader) {}
  }

  @Test func recordingsAreNotInherited() throws {
    let recordings = try RecordingFixture("pixels")
    let reader = try RecordingFixture.open(recordings.path).makeReader()
    _ = try reader.batch([0])
    let files = try Self.openFiles(recordings.path)
    #expect(files.contains { $0.path.hasSuffix(".hdf5") }, "\(files)")
    #expect(files.filter(\.isInherited).map(\.path) == [])
    withExtendedLifetime(reader) {}
  }
}
