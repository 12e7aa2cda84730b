import Foundation
import LeRobotCore
import OrderedCollections

/// A JSON file of a dataset's `meta` folder, read whole.
struct MetadataFile {
  let path: String
  private let data: Data

  /// - Throws: `DataError.missingFile`, `notReadable` or `unreadable`.
  init(path: String) throws(DataError) {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missingFile(file: path, episode: nil)
    }
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      // The mark that some editors put before UTF-8.
      self.data = data.starts(with: [0xEF, 0xBB, 0xBF]) ? Data(data.dropFirst(3)) : data
    } catch {
      throw .cannotOpen(path, because: error.localizedDescription)
    }
  }

  /// The file's one object.
  func object() throws(DataError) -> MetadataObject {
    try MetadataObject(parse(data), in: path, at: "the file")
  }

  /// The objects of a file that has one on each line.
  func lines() throws(DataError) -> [MetadataObject] {
    var objects: [MetadataObject] = []
    for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated()
    where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
      objects.append(try MetadataObject(parse(Data(line)), in: path, at: "line \(number + 1)"))
    }
    return objects
  }

  private func parse(_ data: Data) throws(DataError) -> JSONValue {
    do {
      return try JSONValue(parsing: data)
    } catch {
      if DataError.isPointer(path) { throw .lfsPointer(file: path) }
      throw .malformed(file: path, reason: "not JSON: \(error)")
    }
  }
}

/// A JSON object that knows where it stands, so that what it lacks can be named.
struct MetadataObject {
  let members: OrderedDictionary<String, JSONValue>
  let file: String
  let place: String

  init(_ value: JSONValue, in file: String, at place: String) throws(DataError) {
    guard case .object(let members) = value else {
      throw .malformed(file: file, reason: "\(place) is no object")
    }
    (self.members, self.file, self.place) = (members, file, place)
  }

  subscript(key: String) -> JSONValue? { members[key] }

  func object(_ key: String) throws(DataError) -> MetadataObject {
    guard let value = members[key] else { throw missing(key, "an object") }
    return try MetadataObject(value, in: file, at: key)
  }

  func string(_ key: String) throws(DataError) -> String {
    guard let value = members[key]?.stringValue else { throw missing(key, "text") }
    return value
  }

  func integer(_ key: String) throws(DataError) -> Int {
    guard let value = members[key]?.integerValue else { throw missing(key, "an integer") }
    return value
  }

  func number(_ key: String) throws(DataError) -> Double {
    guard let value = members[key]?.doubleValue else { throw missing(key, "a number") }
    return value
  }

  func integers(_ key: String) throws(DataError) -> [Int] {
    guard case .array(let values)? = members[key],
      case let integers = values.compactMap(\.integerValue), integers.count == values.count
    else { throw missing(key, "a list of integers") }
    return integers
  }

  private func missing(_ key: String, _ expected: String) -> DataError {
    .malformed(file: file, reason: "\(place) lacks \(key), which should be \(expected)")
  }
}

extension JSONValue {
  /// An integer, also where it is written as 30.0.
  var integerValue: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value)
    default: nil
    }
  }

  var stringsValue: [String]? {
    guard case .array(let values) = self else { return nil }
    let strings = values.compactMap(\.stringValue)
    return strings.count == values.count ? strings : nil
  }
}
