#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The few file operations checkpoints need, with an error that names the file.
///
/// Foundation's writers neither sync to disk nor tell a full disk from a missing folder.
package enum FileSystem {
  static let noSpace = ENOSPC
  static let quotaExceeded = EDQUOT
  static let permissionDenied = EACCES
  static let readOnly = EROFS
  package static let missing = ENOENT

  /// The operating system's words for an error code, in lower case.
  static func message(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text).lowercased()
  }

  /// Whether anything lies at a path; a link counts as what it points at.
  package static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  /// Whether a folder lies at a path.
  package static func isDirectory(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }

  /// Creates a folder and those above it that are missing.
  package static func createDirectory(_ path: String) throws(FileError) {
    if mkdir(path, 0o777) == 0 { return }
    if errno == EEXIST, isDirectory(path) { return }
    guard errno == ENOENT, let parent = parent(of: path), parent != "." else {
      throw .system(.create, path: path, code: errno)
    }
    try createDirectory(parent)
    if mkdir(path, 0o777) != 0, !(errno == EEXIST && isDirectory(path)) {
      throw .system(.create, path: path, code: errno)
    }
  }

  /// Names in a folder, sorted, without `.` and `..`.
  package static func list(_ path: String) throws(FileError) -> [String] {
    guard let directory = opendir(path) else {
      throw .system(.list, path: path, code: errno)
    }
    defer { closedir(directory) }
    return try names(in: directory, path).sorted()
  }

  /// The names that an open folder still has to give.
  package static func names(in directory: OpaquePointer, _ path: String) throws(FileError)
    -> [String]
  {
    var names: [String] = []
    while true {
      // At the end and at a failure `readdir` returns the same; only `errno` tells them apart.
      errno = 0
      guard let entry = readdir(directory) else {
        guard errno == 0 else { throw .system(.list, path: path, code: errno) }
        return names
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(cString: $0)
        }
      }
      if name != "." && name != ".." { names.append(name) }
    }
  }

  /// Moves a file, link or folder; a file or link of the new name is replaced in one step.
  package static func rename(_ source: String, to target: String) throws(FileError) {
    if move(source, target) != 0 { throw .system(.rename, path: target, code: errno) }
  }

  /// Exchanges two files or folders in one step.
  ///
  /// - Returns: false where the system or the file system cannot do that.
  package static func exchange(_ first: String, _ second: String) throws(FileError) -> Bool {
    guard let renameBoth else { return false }
    // AT_FDCWD, and RENAME_EXCHANGE of linux/fs.h.
    if renameBoth(AT_FDCWD, first, AT_FDCWD, second, 2) == 0 { return true }
    if [EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) { return false }
    throw .system(.rename, path: second, code: errno)
  }

  /// Makes a symbolic link at `path` that holds `target`.
  package static func link(_ path: String, to target: String) throws(FileError) {
    if symlink(target, path) != 0 { throw .system(.link, path: path, code: errno) }
  }

  /// Gives every file in a folder, and below it, a further name in another folder.
  ///
  /// - Throws: `FileError` where one of them cannot have one, as on another disk.
  package static func linkFiles(of folder: String, to other: String) throws(FileError) {
    try createDirectory(other)
    for name in try list(folder) {
      let (path, further) = ("\(folder)/\(name)", "\(other)/\(name)")
      if isDirectory(path) {
        try linkFiles(of: path, to: further)
      } else if linkFile(path, further) != 0 {
        throw .system(.link, path: further, code: errno)
      }
    }
  }

  /// What a symbolic link holds; nil where there is none.
  package static func linkTarget(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink(path, &buffer, buffer.count - 1)
    guard length >= 0 else { return nil }
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes a file, a link (not what it points to) or a folder with all it holds.
  package static func remove(_ path: String) throws(FileError) {
    var information = stat()
    guard lstat(path, &information) == 0 else {
      if errno == ENOENT { return }
      throw .system(.remove, path: path, code: errno)
    }
    guard information.st_mode & S_IFMT == S_IFDIR else {
      if unlink(path) != 0 { throw .system(.remove, path: path, code: errno) }
      return
    }
    for name in try list(path) { try remove(path + "/" + name) }
    if rmdir(path) != 0 { throw .system(.remove, path: path, code: errno) }
  }

  /// Flushes a folder's entries to disk, so that a rename in it survives a power cut.
  package static func syncDirectory(_ path: String) throws(FileError) {
    let file = try RawFile(reading: path)
    try file.sync()
  }

  /// A file's length in bytes; nil where there is none.
  package static func size(of path: String) -> Int? {
    var information = stat()
    guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(information.st_size)
  }

  /// The bytes that are free on the disk of a folder, or of the nearest one above it that is there; nil
  /// where the system does not report it.
  package static func freeBytes(of folder: String) -> Int? {
    var found = statvfs()
    guard statvfs(folder, &found) == 0 else {
      guard errno == ENOENT, let parent = parent(of: folder) else { return nil }
      return freeBytes(of: parent)
    }
    return Int(found.f_bavail) * Int(found.f_frsize)
  }

  /// The folder that holds `path`; nil for the root.
  package static func parent(of path: String) -> String? {
    let path = trimmed(path)
    guard let slash = path.lastIndex(of: "/") else { return "." }
    if slash == path.startIndex { return path == "/" ? nil : "/" }
    return String(path[..<slash])
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    String(trimmed(path).split(separator: "/").last ?? "/")
  }

  /// A path without the slashes at its end.
  package static func trimmed(_ path: String) -> String {
    guard let end = path.lastIndex(where: { $0 != "/" }) else { return "/" }
    return String(path[...end])
  }
}

/// libc's `rename`, out of the way of the method of that name.
private let move: @Sendable (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32 = rename

/// libc's `link`, likewise.
private let linkFile: @Sendable (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32 = link

private typealias RenameBoth =
  @convention(c) @Sendable (
    Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
  ) -> Int32

/// Linux's `renameat2`, which Swift's view of libc lacks; nil on other systems.
private let renameBoth = dlsym(nil, "renameat2").map {
  unsafeBitCast($0, to: RenameBoth.self)
}
