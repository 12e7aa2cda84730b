import LeRobotHub
import Testing

/// Digests against the examples of the standards, whole and in pieces.
struct DigestPropertyTests {
  @Test(arguments: [
    (Digest.Kind.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      .sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
  ])
  func digestIsTheStandards(kind: Digest.Kind, text: String, digest: String) throws {
    var pieces = try Digest(kind)
    for byte in text.utf8 { withUnsafeBytes(of: byte) { pieces.update($0) } }
    #expect(pieces.hexadecimal() == digest)
    #expect(try Digest.hexadecimal(kind, of: text.utf8) == digest)
  }

  @Test func aBlobIsNamedAsGitNamesIt() throws {
    var blob = try Digest.blob(size: 6)
    Array("hello\n".utf8).withUnsafeBytes { blob.update($0) }
    // `printf 'hello\n' | git hash-object --stdin`
    #expect(blob.hexadecimal() == "ce013625030ba8dba906f756967f9e9ca394464a")
  }
}
