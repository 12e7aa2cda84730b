/// Looks at the datasets of one recording and names what is wrong with them.
struct RecordingLook {
  let path: String
  let episode: Int

  func open() throws(RecordingError) -> HDF5File {
    do {
      return try HDF5File(path: path)
    } catch {
      throw .unreadable(episode: episode, error)
    }
  }

  func describe(_ name: String, in file: HDF5File) throws(RecordingError) -> HDF5Description {
    do {
      return try file.describe(name)
    } catch {
      throw .unreadable(episode: episode, error)
    }
  }

  /// [T, width] of a dataset of numbers.
  func vectorShape(_ name: String, in file: HDF5File) throws(RecordingError) -> [Int] {
    let found = try describe(name, in: file)
    guard found.kind.isNumber, found.shape.count == 2, found.shape[1] > 0 else {
      throw wrongForm(name, found, expected: "numbers [frames, joints]")
    }
    return found.shape
  }

  /// The cameras' names. Depth is left out, as LeRobot's converter does.
  func cameras(in file: HDF5File) throws(RecordingError) -> [String] {
    guard file.contains(Recording.pictures) else { return [] }
    do {
      return try file.members(of: Recording.pictures).filter { !$0.contains("depth") }
    } catch {
      throw .unreadable(episode: episode, error)
    }
  }

  func pictureForm(
    _ name: String, in file: HDF5File
  ) throws(RecordingError) -> (Recording.PictureForm, frames: Int) {
    let found = try describe(name, in: file)
    switch (found.kind, found.shape.count) {
    case (.integer(bytes: 1, isSigned: false), 4)
    where found.shape[3] == 3 && !found.shape[1...2].contains(0):
      return (.pixels(height: found.shape[1], width: found.shape[2]), found.shape[0])
    case (.integer(bytes: 1, isSigned: _), 2), (.string, 1), (.variableBytes, 1):
      return (.files, found.shape[0])
    default:
      throw wrongForm(
        name, found, expected: "uint8 [frames, height, width, 3] or a row of bytes a frame")
    }
  }

  func check(length: Int, of name: String, expected: Int?) throws(RecordingError) {
    guard let expected, length != expected else { return }
    throw .wrongLength(
      file: path, episode: episode, name: name, found: length, expected: expected)
  }

  private func wrongForm(
    _ name: String, _ found: HDF5Description, expected: String
  ) -> RecordingError {
    .wrongForm(
      file: path, episode: episode, name: name, found: "\(found.kind) \(found.shape)",
      expected: expected)
  }
}
