import Foundation
import LeRobotData
import Support
import Testing

/// What cannot be read from HDF5 is named.
struct HDF5PropertyTests {
  static let path = RepositoryFiles.fixtures.appending(path: "hdf5/kinds.hdf5").path

  static func error(_ body: (HDF5File) throws(HDF5Error) -> Void) -> HDF5Error? {
    do throws(HDF5Error) {
      try body(HDF5File(path: path))
      return nil
    } catch {
      return error
    }
  }

  @Test func cutFileSaysItIsTruncated() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(filePath: Self.path))
    for count in [0, 8, 600, whole.count / 2, whole.count - 1] {
      let cut = try folder.write(whole.prefix(count), to: "cut.hdf5")
      do throws(HDF5Error) {
        _ = try HDF5File(path: cut)
        Issue.record("\(count) bytes were opened")
      } catch {
        guard case .cannotOpen(cut, let reason) = error, !reason.isEmpty else {
          Issue.record("\(error)")
          return
        }
        if count > 600 { #expect(reason.contains("truncated file"), "\(reason)") }
      }
    }
  }

  /// Sizes in a header that no memory holds, or no number.
  @Test(arguments: [1 << 40, 1 << 62, 1 << 63, .max] as [UInt64])
  func sizesThatTheFileCannotHoldAreAnError(_ rows: UInt64) throws {
    let original = try Data(
      contentsOf: URL(filePath: RecordingFixture.stored("broken/pixels.hdf5")))
    func bytes(_ sizes: UInt64...) -> [UInt8] {
      sizes.flatMap { size in (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } }
    }
    let folder = try TemporaryFolder()
    var changed = 0
    // The sizes of `action` and `qpos` and their limits, in the headers of the two.
    var damaged = Array(original)
    for (old, new) in [(bytes(3, 2, 3, 2), bytes(rows, 2, rows, 2))] {
      for start in damaged.indices.dropLast(old.count - 1)
      where damaged[start..<start + old.count].elementsEqual(old) {
        damaged.replaceSubrange(start..<start + old.count, with: new)
        changed += 1
      }
    }
    #expect(changed == 2)
    let path = try folder.write(damaged, to: "episode_0.hdf5")
    for name in ["/action", "/observations/qpos"] {
      #expect(throws: HDF5Error.self) { try HDF5File(path: path).floats(name) }
    }
    let error = #expect(throws: DataError.self) { try DatasetFixture.open(folder.path) }
    #expect(error?.description.contains("\n") == false)
  }

  @Test func missingFileIsNamed() {
    #expect {
      try HDF5File(path: "/nowhere.hdf5")
    } throws: { error in
      "\(error)".contains("/nowhere.hdf5")
    }
  }

  @Test func missingDatasetsAndGroupsAreNamed() {
    #expect(
      Self.error { file throws(HDF5Error) in _ = try file.floats("/none") }
        == .noDataset(file: Self.path, name: "/none"))
    #expect(
      Self.error { file throws(HDF5Error) in _ = try file.members(of: "/none") }
        == .noGroup(file: Self.path, name: "/none"))
  }

  @Test func otherKindsAreRefused() {
    #expect(
      Self.error { file throws(HDF5Error) in _ = try file.floats("text") }
        == .wrongType(
          file: Self.path, name: "text", found: "elements of another kind", expected: "numbers"))
    #expect(
      Self.error { file throws(HDF5Error) in _ = try file.bytes("scalar", row: 0) }
        == .wrongType(file: Self.path, name: "scalar", found: "float64", expected: "bytes"))
  }

  @Test func rowsBeyondTheEndAreRefused() {
    #expect(
      Self.error { file throws(HDF5Error) in _ = try file.floats("numbers/big32", rows: 3..<5) }
        == .rowsOutOfRange(file: Self.path, name: "numbers/big32", rows: 3..<5, count: 4))
  }

  @Test func missingFilterIsNamed() {
    let error = Self.error { file throws(HDF5Error) in _ = try file.bytes("pixels/lzf", row: 0) }
    guard case .cannotRead(Self.path, "pixels/lzf", let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("filter"))
  }

  @Test func threadsMayReadAtOnce() async throws {
    let file = try HDF5File(path: Self.path)
    let expected = try file.floats("numbers/big32")
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<50).allSatisfy { _ in (try? file.floats("numbers/big32")) == expected }
        }
      }
      for await same in group { #expect(same) }
    }
  }
}
