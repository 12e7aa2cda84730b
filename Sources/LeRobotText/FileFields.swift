import Foundation
import LeRobotCore

/// The members of one dictionary of a tokenizer's file. What is missing, of another kind or unknown is an
/// error that names the file and the member.
struct FileFields {
  let file: String
  /// Where the dictionary is in the file, as in `model`; empty for the file itself.
  let path: String
  let members: JSONValue

  /// - Throws: `TokenizerError.wrongField` where `value` is no dictionary.
  init(_ value: JSONValue, file: String, path: String) throws(TokenizerError) {
    guard value.objectValue != nil else {
      throw .wrongField(file: file, field: path, found: value.kind, expected: "a dictionary")
    }
    (members, self.file, self.path) = (value, file, path)
  }

  /// Reads a small file.
  ///
  /// - Throws: `TokenizerError.unreadable`, `malformed` or `wrongField`.
  init(reading file: String) throws(TokenizerError) {
    let value: JSONValue
    let bytes = try TokenizerBytes.read(file)
    do throws(JSONError) {
      value = try JSONValue(parsing: Data(bytes))
    } catch {
      throw .malformed(file: file, reason: "not JSON: \(error)")
    }
    try self.init(value, file: file, path: "the file")
  }

  /// The name of a member in messages.
  func name(_ key: String) -> String { path == "the file" ? key : "\(path).\(key)" }

  /// A member; `null` counts as absent.
  func optional(_ key: String) -> JSONValue? {
    guard let value = members[key], !value.isNull else { return nil }
    return value
  }

  func required(_ key: String) throws(TokenizerError) -> JSONValue {
    guard let value = optional(key) else { throw .missingField(file: file, field: name(key)) }
    return value
  }

  func text(_ key: String) throws(TokenizerError) -> String {
    guard let text = try required(key).stringValue else { throw wrong(key, "a string") }
    return text
  }

  func list(_ key: String) throws(TokenizerError) -> [JSONValue] {
    guard let list = try required(key).arrayValue else { throw wrong(key, "a list") }
    return list
  }

  func dictionary(_ key: String) throws(TokenizerError) -> FileFields {
    try FileFields(try required(key), file: file, path: name(key))
  }

  /// - Parameter standard: what an absent member means; nil where it has to be there.
  func flag(_ key: String, or standard: Bool? = nil) throws(TokenizerError) -> Bool {
    if optional(key) == nil, let standard { return standard }
    guard let flag = try required(key).boolValue else { throw wrong(key, "a boolean") }
    return flag
  }

  /// A string, or nil where there is none.
  func textOrNil(_ key: String) throws(TokenizerError) -> String? {
    optional(key) == nil ? nil : try text(key)
  }

  /// The side that a member names; nil where it names none.
  func side(_ key: String) throws(TokenizerError) -> TextSide? {
    guard let name = try textOrNil(key) else { return nil }
    // tokenizers writes `Left`, transformers `left`.
    guard let side = TextSide(rawValue: name.lowercased()) else {
      throw unsupported(key)
    }
    return side
  }

  /// - Throws: `TokenizerError.unsupported` for a member that is not among these: it may change ids.
  func allow(_ keys: Set<String>) throws(TokenizerError) {
    for (key, value) in members.objectValue ?? [:] where !keys.contains(key) && !value.isNull {
      throw unsupported(key)
    }
  }

  /// That the member is not done by this program.
  func unsupported(_ key: String) -> TokenizerError {
    .unsupported(file: file, field: name(key), value: members[key]?.pythonText() ?? "null")
  }

  private func wrong(_ key: String, _ expected: String) -> TokenizerError {
    .wrongField(
      file: file, field: name(key), found: members[key]?.kind ?? "null", expected: expected)
  }
}

/// Bytes of a tokenizer's file.
enum TokenizerBytes {
  /// The greatest known tokenizer.json has 35 MB.
  static let limit = 1 << 29

  /// - Throws: `TokenizerError.unreadable` or `malformed`.
  static func read(_ file: String) throws(TokenizerError) -> [UInt8] {
    if let size = FileSystem.size(of: file), size > limit {
      throw .malformed(file: file, reason: "more than \(limit >> 20) MiB, too long for a tokenizer")
    }
    do throws(FileError) {
      return try TextFile.bytes(file)
    } catch {
      throw .unreadable(file: file, reason: error.reason)
    }
  }
}
