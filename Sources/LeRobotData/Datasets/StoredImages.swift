import CPixels
import Foundation
import Synchronization

/// A camera whose pictures stand in the Parquet files as `struct<bytes, path>`, as bytes, or as paths
/// of picture files.
///
/// Parquet gives only whole row groups, far more than a picture. So each row group is read once,
/// when one of its pictures is first asked for, and its pictures' bytes are put into an unnamed
/// temporary file, from which any picture is read alone. Memory stays small whatever the dataset.
/// A file that has grown to its limit is emptied and filled again.
package final class StoredImages: CameraSource {
  package struct Place: Sendable {
    var file: String
    var firstRow: Int

    package init(file: String, firstRow: Int) {
      (self.file, self.firstRow) = (file, firstRow)
    }
  }

  let key: String
  package let size: (height: Int, width: Int)
  let episodes: [Episode]
  /// One for each of `episodes`.
  let places: [Place]
  private let root: String?
  private let store: Mutex<ImageStore>

  /// Takes the size of all pictures from the first one.
  ///
  /// - Parameters:
  ///   - episodes: at least one with frames.
  ///   - root: the dataset's folder, below which pictures stored by their path are looked for.
  ///   - limit: the size in bytes beyond which the temporary file does not grow, unless a row group
  ///     is larger; half of what is free where nil.
  /// - Throws: `DataError` where no temporary file can be made, or the first picture is not there or
  ///   damaged.
  package init(
    key: String, episodes: [Episode], places: [Place], root: String? = nil, limit: Int? = nil
  ) throws(DataError) {
    (self.key, self.episodes, self.places, self.root) = (key, episodes, places, root)
    var opened = try ImageStore(key: key, limit: limit)
    guard let filled = episodes.firstIndex(where: { !$0.rows.isEmpty }) else {
      throw .noEpisodes(path: root ?? key)
    }
    let place = places[filled]
    let contents = try opened.picture(of: place.firstRow, in: place.file)
    let first = try Self.image(contents, at: place, of: key, root: root)
    size = (first.height, first.width)
    store = Mutex(opened)
  }

  package func makeReader() -> any CameraReader {
    StoredImageReader(images: self)
  }

  /// The pixels of stored pictures depend on no decoder's release.
  package var decoding: String { "" }

  /// The size of the temporary file, in bytes.
  package var storedBytes: Int { store.withLock { $0.end } }

  package func origin(of row: Int) -> FrameOrigin {
    let place = place(of: row)
    return FrameOrigin(file: place.file, position: Double(place.firstRow))
  }

  private func place(of row: Int) -> Place {
    let position = episodes.position(ofRow: row)
    var place = places[position]
    place.firstRow += row - episodes[position].rows.lowerBound
    return place
  }

  /// A frame's picture.
  ///
  /// - Throws: `DataError.wrongImageSize` where it is another than the first one's.
  func image(of row: Int) throws(DataError) -> RGBImage {
    let place = place(of: row)
    let contents = store.withLock { store in
      Result { () throws(DataError) in try store.picture(of: place.firstRow, in: place.file) }
    }
    let image = try Self.image(try contents.get(), at: place, of: key, root: root)
    guard (image.height, image.width) == size else {
      throw .wrongImageSize(
        file: place.file, camera: key, found: [image.height, image.width, 3],
        expected: [size.height, size.width, 3])
    }
    return image
  }

  private static func image(
    _ contents: ImageStore.Picture, at place: Place, of key: String, root: String?
  ) throws(DataError) -> RGBImage {
    let bytes: [UInt8]
    switch contents {
    case .bytes(let stored): bytes = stored
    case .path(let path): bytes = try Self.bytes(ofFile: path, at: place, of: key, root: root)
    }
    do {
      return try ImageDecoder.decode(bytes)
    } catch {
      throw .undecodableImage(
        file: place.file, camera: key, row: place.firstRow, reason: "\(error)")
    }
  }

  private static func bytes(
    ofFile path: String, at place: Place, of key: String, root: String?
  ) throws(DataError) -> [UInt8] {
    let candidates = PicturePath(path).candidates(root: root)
    guard let found = candidates.first(where: FileManager.default.fileExists(atPath:)) else {
      throw .missingImageFile(
        file: place.file, camera: key, row: place.firstRow, path: path, looked: candidates)
    }
    guard let data = FileManager.default.contents(atPath: found) else {
      throw .cannotOpen(found, because: "it cannot be opened")
    }
    return Array(data)
  }
}

private final class StoredImageReader: CameraReader {
  private let images: StoredImages

  init(images: StoredImages) {
    self.images = images
  }

  func read(_ row: Int, into target: UnsafeMutablePointer<UInt8>) throws(DataError) {
    let image = try images.image(of: row)
    cpx_rgb_to_planes(
      image.pixels, image.width * 3, Int32(image.width), Int32(image.height), target)
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
    /// Whether the bytes are the path of a picture file instead of a picture.
    var isPath = false
  }

  /// What a row holds.
  enum Picture {
    case bytes([UInt8])
    case path(String)
  }

  private let key: String
  private let folder: String
  private let descriptor: Int32
  private let limit: Int
  private(set) var end = 0
  private var groupSizes: [String: [Int]] = [:]
  private var extents: [Group: [Extent?]] = [:]

  init(key: String, limit: Int?) throws(DataError) {
    self.key = key
    folder = FileManager.default.temporaryDirectory.path
    self.limit = limit ?? DiskBudget.half(of: folder)
    let name: String
    (descriptor, name) = TemporaryFile.create("\(folder)/lerobot-images-")
    guard descriptor >= 0 else {
      throw .notWritable(file: folder, reason: String(cString: strerror(errno)))
    }
    unlink(name)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  mutating func picture(of row: Int, in file: String) throws(DataError) -> Picture {
    let (group, rowInGroup) = try self.group(of: row, in: file)
    if extents[group] == nil { extents[group] = try take(group) }
    guard let extent = extents[group]?[rowInGroup] else {
      throw .noImageBytes(file: file, camera: key, row: row)
    }
    var bytes = [UInt8](repeating: 0, count: extent.count)
    guard pread(descriptor, &bytes, extent.count, off_t(extent.offset)) == extent.count else {
      throw .unreadable(file: file, reason: "its pictures' temporary copy cannot be read")
    }
    return extent.isPath ? .path(String(decoding: bytes, as: UTF8.self)) : .bytes(bytes)
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

  /// Copies a row group's pictures into the temporary file, which is emptied where they do not fit.
  private mutating func take(_ group: Group) throws(DataError) -> [Extent?] {
    let batch = try ParquetFile(path: group.file).read(
      [key], rowGroups: group.index..<group.index + 1)
    let pictures = try ImageColumn(batch.column(key))
    if end > 0, let taken = try copy(pictures, limit: limit) { return taken }
    guard ftruncate(descriptor, 0) == 0 else { throw notWritable }
    (end, extents) = (0, [:])
    guard let taken = try copy(pictures, limit: .max) else { throw notWritable }
    return taken
  }

  /// Appends pictures.
  ///
  /// - Returns: nil where the file would grow beyond `limit`, or the disk is full.
  private mutating func copy(
    _ pictures: ImageColumn, limit: Int
  ) throws(DataError) -> [Extent?]? {
    var taken: [Extent?] = []
    for row in 0..<pictures.count {
      var isFull = false
      let extent = try pictures.withContents(row) { bytes, isPath throws(DataError) -> Extent? in
        var extent = bytes.count > limit - end ? nil : try append(bytes)
        isFull = extent == nil
        extent?.isPath = isPath
        return extent
      }
      if isFull { return nil }
      taken.append(extent ?? nil)
    }
    return taken
  }

  private var notWritable: DataError {
    .notWritable(file: folder, reason: String(cString: strerror(errno)))
  }

  /// - Returns: nil where the disk is full.
  private mutating func append(_ bytes: UnsafeRawBufferPointer) throws(DataError) -> Extent? {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let count = pwrite(descriptor, base + done, bytes.count - done, off_t(end + done))
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == ENOSPC || errno == EDQUOT { return nil }
      guard count > 0 else { throw notWritable }
      done += count
    }
    defer { end += bytes.count }
    return Extent(offset: end, count: bytes.count)
  }
}
