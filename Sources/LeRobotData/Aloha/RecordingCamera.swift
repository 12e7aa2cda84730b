import CPixels

/// A camera of raw recordings. It has no state of its own: any thread may read.
final class RecordingCamera: CameraSource, CameraReader {
  private let key: String
  let size: (height: Int, width: Int)
  private let episodes: [Episode]
  /// One for each of `episodes`.
  private let recordings: [Recording]
  private let files: RecordingFiles

  init(
    key: String, size: (height: Int, width: Int), episodes: [Episode], recordings: [Recording],
    files: RecordingFiles
  ) {
    (self.key, self.size, self.episodes) = (key, size, episodes)
    (self.recordings, self.files) = (recordings, files)
  }

  func makeReader() -> any CameraReader { self }

  /// The pixels of what recordings hold depend on no decoder.
  var decoding: String { "" }

  func origin(of row: Int) -> FrameOrigin {
    let (recording, frame) = place(of: row)
    return FrameOrigin(file: recording.path, position: Double(frame))
  }

  private func place(of row: Int) -> (recording: Recording, frame: Int) {
    let position = episodes.position(ofRow: row)
    return (recordings[position], row - episodes[position].rows.lowerBound)
  }

  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    let (recording, frame) = place(of: row)
    let image: RGBImage
    do {
      image = try recording.picture(key, frame, files)
      try recording.check(image, key, frame, size)
    } catch {
      throw .recording(error)
    }
    cpx_rgb_to_planes(
      image.pixels, image.width * 3, Int32(image.width), Int32(image.height), target)
  }
}

extension Recording {
  /// One frame of a camera.
  func picture(
    _ key: String, _ frame: Int, _ files: RecordingFiles
  ) throws(RecordingError) -> RGBImage {
    let bytes: [UInt8]
    do {
      bytes = try files.file(path).bytes(Self.dataset(ofCamera: key), row: frame)
    } catch {
      throw .unreadable(episode: index, error)
    }
    if case .pixels(let height, let width)? = cameras[key] {
      return RGBImage(width: width, height: height, pixels: bytes)
    }
    do {
      return try ImageDecoder.decode(bytes)
    } catch {
      throw .undecodablePicture(file: path, episode: index, frame: frame, camera: key, error)
    }
  }

  func check(
    _ image: RGBImage, _ key: String, _ frame: Int, _ size: (height: Int, width: Int)
  ) throws(RecordingError) {
    guard (image.height, image.width) == size else {
      throw .wrongPictureSize(
        file: path, episode: index, frame: frame, camera: key,
        found: [image.height, image.width, 3], expected: [size.height, size.width, 3])
    }
  }
}
