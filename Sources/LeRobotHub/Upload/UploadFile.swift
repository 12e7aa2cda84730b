import Foundation
import LeRobotCore

/// A file that is uploaded.
package struct UploadFile: Sendable {
  package enum Source: Sendable {
    case file(String)
    case bytes([UInt8])
  }

  /// In the repository.
  package let path: String
  let source: Source
  /// In bytes.
  let size: Int

  /// - Throws: `FileError` where there is no such file.
  package init(_ path: String, file: String) throws(FileError) {
    self.path = path
    source = .file(file)
    size = try RawFile(reading: file).size()
  }

  package init(_ path: String, text: String) {
    self.path = path
    source = .bytes(Array(text.utf8))
    size = text.utf8.count
  }

  /// Some of its bytes.
  func bytes(from offset: Int = 0, count: Int) throws(FileError) -> [UInt8] {
    switch source {
    case .file(let path): try RawFile(reading: path).read(UInt8.self, count: count, at: offset)
    case .bytes(let bytes): Array(bytes[offset..<offset + count])
    }
  }

  /// Some of its bytes, read while they are sent.
  func body(from offset: Int = 0, count: Int) -> HTTPRequest.Body {
    switch source {
    case .file(let path): .file(path: path, offset: offset, count: count)
    case .bytes(let bytes): .bytes(Array(bytes[offset..<offset + count]))
    }
  }

  /// The hub's name of a large file.
  func sha256() throws(HubError) -> String {
    switch source {
    case .bytes(let bytes): return try Digest.hexadecimal(.sha256, of: bytes)
    case .file(let path):
      var digest = try Digest(.sha256)
      do throws(FileError) {
        try digest.update(RawFile(reading: path), count: size)
      } catch {
        throw .file(error)
      }
      return digest.hexadecimal()
    }
  }
}
