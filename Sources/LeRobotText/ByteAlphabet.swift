/// GPT-2's printable stand-ins for bytes, in which byte-level vocabularies are written: a printable
/// character of Latin-1 stands for itself, the other 68 bytes for U+0100 … U+0143 (openai/gpt-2
/// `encoder.py`, `bytes_to_unicode`).
package enum ByteAlphabet {
  /// By byte, its character.
  package static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0..<256).map { (byte: UInt32) in
      let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xFF).contains(byte) && byte != 0xAD
      let value = isPrintable ? byte : next
      if !isPrintable { next += 1 }
      return Unicode.Scalar(value) ?? " "
    }
  }()

  /// By character up to U+0143, its byte.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, character) in characters.enumerated() { bytes[Int(character.value)] = UInt8(byte) }
    return bytes
  }()

  /// The characters of a text's bytes.
  package static func encode(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
    text.flatMap { scalar in UTF8.encode(scalar)?.map { characters[Int($0)] } ?? [] }
  }

  /// The bytes that a text of the alphabet stands for; nil where a character is not of it.
  package static func decode(_ text: String) -> [UInt8]? {
    var decoded: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard scalar.value < UInt32(bytes.count), let byte = bytes[Int(scalar.value)] else {
        return nil
      }
      decoded.append(byte)
    }
    return decoded
  }
}
