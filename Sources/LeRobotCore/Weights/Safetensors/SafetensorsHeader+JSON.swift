import OrderedCollections

/// Reading of a header: one object of tensors, each with exactly `dtype`, `shape` and
/// `data_offsets`, and an optional `__metadata__` of strings.
extension SafetensorsHeader {
  private static let metadataKey = "__metadata__"

  /// Reads the whole header; entries come in the order of their bytes. Keys that stand twice are
  /// errors.
  init(parsing bytes: [UInt8], file: String) throws(SafetensorsError) {
    var parser = JSONParser(bytes: bytes, refusesDuplicates: true)
    let document: JSONValue
    do throws(JSONError) {
      document = try parser.document()
    } catch {
      throw Self.error(error, at: parser.index, file: file)
    }
    do throws(Misfit) {
      try self.init(document, file: file)
    } catch {
      switch error {
      case .type(let tensor, let name): throw .unknownType(file: file, tensor: tensor, type: name)
      case .structure(let path, let reason):
        throw .invalidHeader(
          file: file, position: Self.position(of: path, in: bytes), reason: reason)
      }
    }
  }

  /// Well-formed JSON that is no header.
  private enum Misfit: Error {
    case type(tensor: String, name: String)
    /// What stands behind these keys.
    case structure(path: [String], reason: String)
  }

  private init(_ document: JSONValue, file: String) throws(Misfit) {
    guard let members = document.objectValue else {
      throw .structure(path: [], reason: "expected a dictionary, found \(document.kind)")
    }
    var found: [(name: String, entry: Entry)] = []
    metadata = nil
    for (name, value) in members {
      if name == Self.metadataKey {
        metadata = try Self.strings(value)
      } else {
        found.append((name, try Self.entry(value, of: name)))
      }
    }
    // Empty tensors share their offset; the name breaks the tie.
    found.sort {
      ($0.entry.range.lowerBound, $0.entry.range.upperBound, $0.name)
        < ($1.entry.range.lowerBound, $1.entry.range.upperBound, $1.name)
    }
    entries = OrderedDictionary(uniqueKeysWithValues: found.map { ($0.name, $0.entry) })
  }

  private static func strings(_ value: JSONValue) throws(Misfit) -> OrderedDictionary<
    String, String
  > {
    guard let members = value.objectValue else {
      throw .structure(path: [metadataKey], reason: "expected a dictionary, found \(value.kind)")
    }
    var result: OrderedDictionary<String, String> = [:]
    for (key, value) in members {
      guard let text = value.stringValue else {
        throw .structure(
          path: [metadataKey, key], reason: "expected a string, found \(value.kind)")
      }
      result[key] = text
    }
    return result
  }

  private static func entry(_ value: JSONValue, of tensor: String) throws(Misfit) -> Entry {
    guard let members = value.objectValue else {
      throw .structure(path: [tensor], reason: "expected a dictionary, found \(value.kind)")
    }
    let fields = ["dtype", "shape", "data_offsets"]
    if let wrong = members.keys.first(where: { !fields.contains($0) }) {
      throw .structure(path: [tensor, wrong], reason: "\(tensor) has a wrong field \(wrong)")
    }
    guard let name = members["dtype"]?.stringValue, let shape = wholeNumbers(members["shape"]),
      let offsets = wholeNumbers(members["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1]
    else {
      throw .structure(
        path: [tensor],
        reason: "\(tensor) lacks a dtype, a shape or two ascending data_offsets")
    }
    guard let type = ScalarType(rawValue: name) else { throw .type(tensor: tensor, name: name) }
    return Entry(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  private static func wholeNumbers(_ value: JSONValue?) -> [Int]? {
    guard let elements = value?.arrayValue else { return nil }
    let numbers = elements.compactMap(\.intValue).filter { $0 >= 0 }
    return numbers.count == elements.count ? numbers : nil
  }

  // MARK: Errors

  private static func error(
    _ error: JSONError, at index: Int, file: String
  ) -> SafetensorsError {
    guard case .duplicateKey(let path, _) = error else {
      return .invalidHeader(file: file, position: index, reason: error.reason)
    }
    switch path.count {
    case 1: return .duplicateName(file: file, tensor: path[0])
    case 2 where path[0] == metadataKey:
      return .duplicateName(file: file, tensor: path.joined(separator: "."))
    default:
      return .invalidHeader(file: file, position: index, reason: error.reason)
    }
  }

  /// Where the value behind some keys begins.
  private static func position(of path: [String], in bytes: [UInt8]) -> Int {
    var parser = JSONParser(bytes: bytes)
    parser.offsets = [:]
    _ = try? parser.document()
    return parser.offsets?[path] ?? 0
  }
}
