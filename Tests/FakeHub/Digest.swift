import CDigest

/// A digest of bytes that arrive piece by piece.
struct Digest: ~Copyable {
  enum Kind { case sha1, sha256 }

  private let context: UnsafeMutableRawPointer

  init(_ kind: Kind) throws(FakeHubError) {
    if let message = cd_open() { throw .digest(String(cString: message)) }
    guard let context = cd_new(Int32(kind == .sha1 ? cd_sha1 : cd_sha256)) else {
      throw .digest("memory ran out")
    }
    self.context = context
  }

  deinit { cd_free(context) }

  func update(_ bytes: some Sequence<UInt8>) throws(FakeHubError) {
    let taken = bytes.withContiguousStorageIfAvailable {
      cd_update(context, $0.baseAddress, $0.count)
    }
    if taken == 0 { return }
    let copy = Array(bytes)
    guard taken == nil, cd_update(context, copy, copy.count) == 0 else {
      throw .digest("libcrypto failed")
    }
  }

  /// Hexadecimal, lower case.
  consuming func finish() throws(FakeHubError) -> String {
    var bytes = [UInt8](repeating: 0, count: Int(cd_longest))
    let count = cd_finish(context, &bytes)
    guard count > 0 else { throw .digest("libcrypto failed") }
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Digest {
  static func hex(_ kind: Kind, _ bytes: some Sequence<UInt8>) throws(FakeHubError) -> String {
    let digest = try Digest(kind)
    try digest.update(bytes)
    return try digest.finish()
  }

  /// The name that git gives to a file with these bytes.
  static func gitBlob(_ bytes: [UInt8]) throws(FakeHubError) -> String {
    try hex(.sha1, Array("blob \(bytes.count)\0".utf8) + bytes)
  }
}
