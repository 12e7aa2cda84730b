import CPixels
import Foundation
import Synchronization

/// A camera whose pictures stand in the Parquet files as `struct<bytes, path>`.
///
/// Parquet gives only whole row groups, far more than a picture. So each row group is read once,
/// when one of its pictures is first asked for, and its pictures' bytes are put into an unnamed
/// temporary file, from which any picture is read alone. Memory stays small whatever the dataset.
final class StoredImages: CameraSource {
  struct Place: Sendable {
    var file: String
    var firstRow: Int
  }

  let key: String
  let size: (height: Int, width: Int)
  let episodes: [Episode]
  /// One for each of `episodes`.
  let places: [Place]
  private let store: Mutex<ImageStore>

  /// - Throws: `DataError.notWritable` where no temporary file can be made.
  init(
    key: String, size: (height: Int, width: Int), episodes: [Episode], places: [Place]
  ) throws(DataError) {
    (self.key, self.size, self.episodes, self.places) = (key, size, episodes, places)
    store = Mutex(try ImageStore(key: key))
  }

  func makeReader() -> any CameraReader {
    StoredImageReader(images: self)
  }

  /// The pixels of PNG and JPEG depend on no decoder.
  var decoding: String { "" }

  func origin(of row: Int) -> FrameOrigin {
    let place = place(of: row)
    return FrameOrigin(file: place.file, position: Double(place.firstRow))
  }

  private func place(of row: Int) -> Place {
    let position = episodes.position(ofRow: row)
    var place = places[position]
    place.firstRow += row - episodes[position].rows.lowerBound
    return place
  }

  /// The bytes of a frame's picture file, and where it stands for messages.
  func bytes(of row: Int) throws(DataError) -> (bytes: [UInt8], place: Place) {
    let place = place(of: row)
    let result = store.withLock { store in
      Result { () throws(DataError) in try store.bytes(of: place.firstRow, in: place.file) }
    }
    return (try result.get(), place)
  }
}

private final class StoredImageReader: CameraReader {
  private let images: StoredImages

  init(images: StoredImages) {
    self.images = images
  }

  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    let (height, width) = images.size
    let (bytes, place) = try images.bytes(of: row)
    let image: RGBImage
    do {
      image = try ImageDecoder.decode(bytes)
    } catch {
      throw .undecodableImage(
        file: place.file, camera: images.key, row: place.firstRow, reason: "\(error)")
    }
    guard (image.height, image.width) == (height, width) else {
      throw .wrongImageSize(
        file: place.file, camera: images.key, found: [image.height, image.width, 3],
        expected: [height, width, 3])
    }
    cpx_rgb_to_planes(image.pixels, width * 3, Int32(width), Int32(height), target)
  }
}

/// Pictures taken out of Parquet files, in a temporary file without a name.
private struct ImageStore: ~Copyable {
  private struct Group: Hashable {
    var file: String
    var index: Int
  }

  private struct Extent {
    var offset: Int
    var count: Int
  }

  private let key: String
  private let descriptor: Int32
  private var end = 0
  private var groupSizes: [String: [Int]] = [:]
  private var extents: [Group: [Extent?]] = [:]

  init(key: String) throws(DataError) {
    self.key = key
    let folder = FileManager.default.temporaryDirectory.path
    var name = Array("\(folder)/lerobot-images-XXXXXX".utf8CString)
    descriptor = mkstemp(&name)
    guard descriptor >= 0 else {
      throw .notWritable(file: folder, reason: String(cString: strerror(errno)))
    }
    unlink(name)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  mutating func bytes(of row: Int, in file: String) throws(DataError) -> [UInt8] {
    let (group, rowInGroup) = try self.group(of: row, in: file)
    if extents[group] == nil { extents[group] = try take(group) }
    guard let extent = extents[group]?[rowInGroup] else {
      throw .noImageBytes(file: file, camera: key, row: row)
    }
    var bytes = [UInt8](repeating: 0, count: extent.count)
    guard pread(descriptor, &bytes, extent.count, off_t(extent.offset)) == extent.count else {
      throw .unreadable(file: file, reason: "its pictures' temporary copy cannot be read")
    }
    return bytes
  }

  private mutating func group(
    of row: Int, in file: String
  ) throws(DataError) -> (Group, row: Int) {
    let sizes: [Int]
    if let known = groupSizes[file] {
      sizes = known
    } else {
      sizes = try ParquetFile(path: file).rowGroupSizes
      groupSizes[file] = sizes
    }
    var rest = row
    for (index, size) in sizes.enumerated() {
      if rest < size { return (Group(file: file, index: index), rest) }
      rest -= size
    }
    throw .wrongRowCount(file: file, found: sizes.reduce(0, +), expected: row + 1)
  }

  /// Copies a row group's pictures into the temporary file.
  private mutating func take(_ group: Group) throws(DataError) -> [Extent?] {
    let batch = try ParquetFile(path: group.file).read(
      [key], rowGroups: group.index..<group.index + 1)
    let column = try batch.column(key)
    let pictures = try column.elementKind == .structure ? column.member("bytes") : column
    var taken: [Extent?] = []
    for row in 0..<pictures.count {
      let extent = try pictures.withBytes(row) { bytes throws(DataError) in
        try append(bytes)
      }
      taken.append(extent)
    }
    return taken
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) throws(DataError) -> Extent {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let count = pwrite(descriptor, base + done, bytes.count - done, off_t(end + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw .notWritable(
          file: FileManager.default.temporaryDirectory.path,
          reason: String(cString: strerror(errno)))
      }
      done += count
    }
    defer { end += bytes.count }
    return Extent(offset: end, count: bytes.count)
  }
}
