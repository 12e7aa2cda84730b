import LeRobotHub

/// The SHA-256 of some bytes in hexadecimal, by which goldens name large contents; empty where it cannot
/// be computed.
package func sha256(_ bytes: UnsafeRawBufferPointer) -> String {
  (try? Digest.hexadecimal(.sha256, of: bytes)) ?? ""
}
