import Foundation
import Glibc

/// LFS objects as files, each named by its SHA-256, and uploads that are under way.
struct ObjectStore: Sendable {
  private let objects: String
  private let uploads: String

  init(folder: String) throws(FakeHubError) {
    objects = folder + "/objects"
    uploads = folder + "/uploads"
    for path in [objects, uploads] {
      do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      } catch {
        throw .file(path: path, reason: "cannot be created")
      }
    }
  }

  func path(of object: String) -> String { objects + "/" + object }

  func temporaryPath() -> String { uploads + "/" + UUID().uuidString }

  /// Bytes of an object, nil of one that is not there.
  func size(of object: String) -> Int? {
    var status = stat()
    return stat(path(of: object), &status) == 0 ? Int(status.st_size) : nil
  }

  /// The names of all objects.
  func all() -> Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: objects)) ?? [])
  }

  /// Takes a complete file as the object with this name.
  func adopt(_ file: String, as object: String) throws(FakeHubError) {
    guard rename(file, path(of: object)) == 0 else { throw .lastCall(on: file) }
  }

  /// Keeps these bytes.
  ///
  /// - Returns: Their SHA-256.
  func add(_ bytes: [UInt8]) throws(FakeHubError) -> String {
    let copy = temporaryPath()
    try PartFile(copy).write(bytes[...], at: 0)
    let object = try Digest.hex(.sha256, bytes)
    try adopt(copy, as: object)
    return object
  }

  /// Copies a file in.
  ///
  /// - Returns: Its SHA-256.
  func add(copyOf path: String) throws(FakeHubError) -> String {
    let copy = temporaryPath()
    let source = try FileBytes(path)
    let digest = try Digest(.sha256)
    let target = try PartFile(copy)
    var position = 0
    while let piece = try source.next() {
      try digest.update(piece)
      try target.write(piece[...], at: position)
      position += piece.count
    }
    let object = try digest.finish()
    try adopt(copy, as: object)
    return object
  }

  /// The SHA-256 of a file.
  static func sha256(of path: String) throws(FakeHubError) -> String {
    let source = try FileBytes(path)
    let digest = try Digest(.sha256)
    while let piece = try source.next() { try digest.update(piece) }
    return try digest.finish()
  }
}

/// A file read from start to end.
struct FileBytes: ~Copyable {
  private let descriptor: Int32
  private let path: String

  init(_ path: String) throws(FakeHubError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    self.path = path
    guard descriptor >= 0 else { throw .lastCall(on: path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// The rest of the file.
  func all() throws(FakeHubError) -> [UInt8] {
    var result: [UInt8] = []
    while let piece = try next() { result += piece }
    return result
  }

  /// The next bytes, nil at the end.
  func next() throws(FakeHubError) -> [UInt8]? {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: 256 << 10) { storage, count in
      let taken = read(descriptor, storage.baseAddress, storage.count)
      failed = taken < 0
      count = max(0, taken)
    }
    if failed { throw .lastCall(on: path) }
    return bytes.isEmpty ? nil : bytes
  }
}

/// A file that is written at any position.
struct PartFile: ~Copyable {
  private let descriptor: Int32
  private let path: String

  init(_ path: String) throws(FakeHubError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    self.path = path
    guard descriptor >= 0 else { throw .lastCall(on: path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func write(_ bytes: ArraySlice<UInt8>, at position: Int) throws(FakeHubError) {
    var (rest, position) = (bytes, position)
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, $0.count, off_t(position))
      }
      guard count > 0 else { throw .lastCall(on: path) }
      rest = rest.dropFirst(count)
      position += count
    }
  }
}
