import CDigest
import LeRobotCore

/// A message digest: the names that the hub gives to contents.
package struct Digest: ~Copyable {
  package enum Kind: Sendable {
    /// What Weights & Biases knows the files of an artifact by.
    case md5
    /// git's names of blobs.
    case sha1
    /// Names of large files, and what torchvision's files are checked by.
    case sha256
  }

  private let digest: UnsafeMutableRawPointer

  /// A digest of no bytes yet.
  ///
  /// - Throws: `HubError.noLibrary`.
  package init(_ kind: Kind) throws(HubError) {
    if let reason = cd_open() { throw .noLibrary("libcrypto", reason: String(cString: reason)) }
    guard let digest = cd_new(Int32(kind.number)) else {
      throw .noLibrary("libcrypto", reason: "it computes no such digest")
    }
    self.digest = digest
  }

  deinit { cd_free(digest) }

  /// Takes in bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // Fails only where the library is broken; the digest is then another than expected.
    _ = cd_update(digest, bytes.baseAddress, bytes.count)
  }

  /// Takes in the first bytes of a file, read in pieces.
  package mutating func update(_ file: RawFile, count: Int) throws(FileError) {
    for start in stride(from: 0, to: count, by: 1 << 20) {
      let piece = try file.read(UInt8.self, count: min(1 << 20, count - start), at: start)
      piece.withUnsafeBytes { update($0) }
    }
  }

  /// The digest of all bytes taken in.
  package consuming func bytes() -> [UInt8] {
    var result = [UInt8](repeating: 0, count: Int(cd_longest))
    let count = cd_finish(digest, &result)
    return Array(result.prefix(Int(max(0, count))))
  }

  /// The digest of all bytes taken in, in lower-case hexadecimal.
  package consuming func hexadecimal() -> String { bytes().hexadecimal }

  // MARK: Whole contents

  /// The digest of some bytes, in lower-case hexadecimal.
  package static func hexadecimal(
    _ kind: Kind, of bytes: some Sequence<UInt8>
  ) throws(HubError) -> String {
    try digest(kind, of: bytes).hexadecimal
  }

  /// The digest of some bytes.
  package static func digest(
    _ kind: Kind, of bytes: some Sequence<UInt8>
  ) throws(HubError) -> [UInt8] {
    var digest = try Digest(kind)
    Array(bytes).withUnsafeBytes { digest.update($0) }
    return digest.bytes()
  }

  /// git's name of a blob: the SHA-1 of `blob SIZE`, a zero and its bytes.
  package static func blob(size: Int) throws(HubError) -> Digest {
    var digest = try Digest(.sha1)
    Array("blob \(size)\0".utf8).withUnsafeBytes { digest.update($0) }
    return digest
  }
}

extension Sequence<UInt8> {
  /// In lower-case hexadecimal.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension Digest.Kind {
  fileprivate var number: UInt32 {
    switch self {
    case .md5: UInt32(cd_md5)
    case .sha1: UInt32(cd_sha1)
    case .sha256: UInt32(cd_sha256)
    }
  }
}
