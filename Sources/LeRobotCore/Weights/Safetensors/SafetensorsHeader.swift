import OrderedCollections

/// What a safetensors file holds and where: parsed, and checked against the file's length
/// before anything is allocated for a tensor.
struct SafetensorsHeader: Equatable {
  /// One tensor's type, shape and bytes, counted from the end of the header.
  struct Entry: Equatable {
    var type: ScalarType
    var shape: [Int]
    var range: Range<Int>
  }

  /// Headers above this size are refused, as the format's own reader does.
  static let sizeLimit = 100_000_000

  /// By name, in the order of their bytes.
  var entries: OrderedDictionary<String, Entry>
  var metadata: OrderedDictionary<String, String>?

  /// Checks that the tensors fill the data without overlap, gap or rest.
  ///
  /// - Parameter dataSize: bytes of the file after its header.
  func validate(dataSize: Int, file: String) throws(SafetensorsError) {
    var end = 0
    for (name, entry) in entries {
      let start = entry.range.lowerBound
      if entry.range.upperBound > dataSize {
        throw .outOfBounds(
          file: file, tensor: name, end: entry.range.upperBound, dataSize: dataSize)
      }
      if start < end {
        throw .overlap(file: file, tensor: name, start: start, previousEnd: end)
      }
      if start > end { throw .gap(file: file, tensor: name, start: start, previousEnd: end) }
      guard Self.byteCount(entry.shape, entry.type) == entry.range.count else {
        throw .wrongSize(
          file: file, tensor: name, shape: entry.shape, type: entry.type.rawValue,
          byteCount: entry.range.count)
      }
      end = entry.range.upperBound
    }
    if end < dataSize { throw .trailingBytes(file: file, count: dataSize - end) }
  }

  /// Bytes of a tensor; nil where the product is beyond an Int.
  static func byteCount(_ shape: [Int], _ type: ScalarType) -> Int? {
    var product = type.size
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      product = next
    }
    return product
  }

  /// Puts tensors where the format's writer puts them: widest type first, then by name's bytes.
  init(
    laying tensors: OrderedDictionary<String, WeightEntry>,
    metadata: OrderedDictionary<String, String>?
  ) {
    let ordered = tensors.elements.sorted { left, right in
      left.value.type != right.value.type
        ? left.value.type.rank > right.value.type.rank
        : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
    }
    var end = 0
    entries = [:]
    for (name, tensor) in ordered {
      let start = end
      end += tensor.byteCount
      entries[name] = Entry(type: tensor.type, shape: tensor.shape, range: start..<end)
    }
    self.metadata = metadata
  }
}

extension SafetensorsHeader {
  /// The file's first bytes: length, JSON, and spaces up to a multiple of eight.
  ///
  /// - Parameter size: how many bytes there are at least.
  func encoded(size: Int = 0) -> [UInt8] {
    var fields = entries.map { name, entry in
      "\(Self.quoted(name)):{\"dtype\":\"\(entry.type.rawValue)\","
        + "\"shape\":[\(entry.shape.map(String.init).joined(separator: ","))],"
        + "\"data_offsets\":[\(entry.range.lowerBound),\(entry.range.upperBound)]}"
    }
    if let metadata {
      let pairs = metadata.elements
        .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      fields.insert("\"__metadata__\":{\(pairs.joined(separator: ","))}", at: 0)
    }
    var text = Array("{\(fields.joined(separator: ","))}".utf8)
    let padding = (8 - text.count % 8) % 8
    text.append(
      contentsOf: repeatElement(UInt8(ascii: " "), count: max(padding, size - 8 - text.count)))
    return UInt64(text.count).littleEndianBytes + text
  }

  /// A JSON string as serde_json writes it: only quotes, backslashes and control characters
  /// are escaped.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
