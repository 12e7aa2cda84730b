/// What went wrong with a file or folder, as the operating system told it.
package enum FileError: Error, Equatable {
  /// The operation that failed, as it reads in a message.
  package enum Operation: String, Sendable {
    case open, read, map, write, sync, create, rename, link, remove, list
  }

  case system(Operation, path: String, code: Int32)
  /// The file ended before the bytes that were asked for: it was cut while being read.
  case endOfFile(path: String, expected: Int, found: Int)
}

extension FileError {
  /// What the operating system says, without the file and the remedy.
  package var reason: String {
    switch self {
    case .system(_, _, let code): FileSystem.message(code)
    case .endOfFile(_, let expected, let found): "it ended after \(found) of \(expected) bytes"
    }
  }
}

extension FileError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .system(let operation, let path, let code):
      "\(path): cannot \(operation.rawValue): \(FileSystem.message(code))"
        + Self.remedy(operation, code)
    case .endOfFile(let path, let expected, let found):
      "\(path): ended after \(found) of \(expected) bytes; the file is incomplete, copy it again"
    }
  }

  private static func remedy(_ operation: Operation, _ code: Int32) -> String {
    switch code {
    case FileSystem.missing where operation == .open: "; check the path, or copy the file again"
    case FileSystem.noSpace: "; free some space on this disk or choose another --output_dir"
    case FileSystem.quotaExceeded: "; raise the quota or choose another --output_dir"
    case FileSystem.permissionDenied, FileSystem.readOnly:
      "; check the permissions of the file and its folder"
    default: ""
    }
  }
}
