import OrderedCollections
import Yams

/// YAML as PyYAML's SafeLoader reads it: YAML 1.1 scalars, flow and block collections, aliases and
/// merge keys; tags of Python objects are refused.
enum YAMLDialect {
  /// How deep lists and dictionaries may be nested.
  static let depthLimit = 100

  /// The value of one document and where each of its parts stands.
  struct Document {
    var value: JSONValue
    var positions: [ConfigPath: JSONPosition]
  }

  /// Reads one document.
  /// - Throws: `YAMLProblem`.
  static func document(_ text: String) throws(YAMLProblem) -> Document {
    guard text.nesting <= depthLimit else {
      throw YAMLProblem("nested more than \(depthLimit) levels deep", at: nil)
    }
    // PyYAML ends a word at a tab and then finds no token; libyaml reads on.
    if text.contains("\t"), !text.contains(where: { "'\"#\n".contains($0) }) {
      throw YAMLProblem("a tab outside of quotes", at: nil)
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw YAMLProblem(error)
    }
    var reader = YAMLReader()
    let value = try root.map { (node) throws(YAMLProblem) in try reader.value(node, ConfigPath()) }
    return Document(value: value ?? .null, positions: reader.positions)
  }
}

/// Why a text cannot be read as YAML.
struct YAMLProblem: Error {
  var message: String
  var position: JSONPosition?

  init(_ message: String, at mark: Mark?) {
    self.message = message
    position = mark.map { JSONPosition(line: $0.line, column: $0.column) }
  }

  init(_ error: any Error) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(problem, at: mark)
    case .duplicatedKeysInMapping(let duplicates, _):
      self.init("the key \(duplicates.map(\.description).joined()) stands twice", at: nil)
    default: self.init("the text is no YAML", at: nil)
    }
  }
}

/// Turns Yams' nodes into values; what a plain scalar means is decided here.
private struct YAMLReader {
  var positions: [ConfigPath: JSONPosition] = [:]
  var depth = 0

  mutating func value(_ node: Node, _ path: ConfigPath) throws(YAMLProblem) -> JSONValue {
    if let mark = node.mark {
      positions[path] = JSONPosition(line: mark.line, column: mark.column)
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= YAMLDialect.depthLimit else {
      throw YAMLProblem("nested more than \(YAMLDialect.depthLimit) levels deep", at: node.mark)
    }
    switch node {
    case .scalar(let scalar): return try value(scalar)
    case .sequence(let sequence):
      try check(sequence.tag, is: "seq", at: node.mark)
      var elements: [JSONValue] = []
      for (index, element) in sequence.enumerated() {
        elements.append(try value(element, path / String(index)))
      }
      return .array(elements)
    case .mapping(let mapping):
      try check(mapping.tag, is: "map", at: node.mark)
      return try value(mapping, path)
    case .alias: throw YAMLProblem("an alias that stands for nothing", at: node.mark)
    }
  }

  /// Python's own types, sets and the like are no configuration.
  private func check(_ tag: Tag, is kind: String, at mark: Mark?) throws(YAMLProblem) {
    guard ["", "!", "tag:yaml.org,2002:\(kind)"].contains(tag.description) else {
      throw YAMLProblem("no value can be made for the tag \(tag.description)", at: mark)
    }
  }

  private mutating func value(
    _ mapping: Node.Mapping, _ path: ConfigPath
  ) throws(YAMLProblem) -> JSONValue {
    var merged: OrderedDictionary<String, JSONValue> = [:]
    var members: OrderedDictionary<String, JSONValue> = [:]
    for (key, node) in mapping {
      if case .scalar(let scalar) = key, scalar.isPlain, scalar.string == "<<" {
        merged = try mergeSource(node, path).merging(merged) { $1 }
        continue
      }
      let name = try keyName(key)
      members[name] = try value(node, path / name)
    }
    return .object(merged.merging(members) { $1 })
  }

  /// What `<<: {…}` or `<<: [{…}, …]` brings; earlier mappings win.
  private mutating func mergeSource(
    _ node: Node, _ path: ConfigPath
  ) throws(YAMLProblem) -> OrderedDictionary<String, JSONValue> {
    switch try value(node, path) {
    case .object(let members): return members
    case .array(let elements):
      var members: OrderedDictionary<String, JSONValue> = [:]
      for element in elements {
        guard let more = element.objectValue else { break }
        members.merge(more) { first, _ in first }
      }
      return members
    default: throw YAMLProblem("expected a mapping to merge", at: node.mark)
    }
  }

  private mutating func keyName(_ node: Node) throws(YAMLProblem) -> String {
    guard case .scalar(let scalar) = node else {
      throw YAMLProblem("a list or dictionary cannot be a key", at: node.mark)
    }
    if scalar.isPlain, scalar.string == "=" { return "=" }
    return try value(scalar).pythonString
  }

  private func value(_ scalar: Node.Scalar) throws(YAMLProblem) -> JSONValue {
    switch scalar.tag.description {
    case "":
      return scalar.isPlain ? try plain(scalar) : .string(scalar.string)
    case "!", "tag:yaml.org,2002:str":
      return .string(scalar.string)
    case "tag:yaml.org,2002:null": return .null
    case "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool":
      return try plain(scalar)
    case "tag:yaml.org,2002:float":
      let value = try plain(scalar)
      return value.doubleValue.map { .double($0) } ?? value
    case let tag:
      throw YAMLProblem("no value can be made for the tag \(tag)", at: scalar.mark)
    }
  }

  private func plain(_ scalar: Node.Scalar) throws(YAMLProblem) -> JSONValue {
    guard let value = YAMLScalar.value(of: scalar.string) else {
      throw YAMLProblem("\"\(scalar.string)\" is no value", at: scalar.mark)
    }
    return value
  }
}

extension Node.Scalar {
  fileprivate var isPlain: Bool { style == .plain || style == .any }
}

extension String {
  /// An upper bound on how deep brackets and block sequences lie in each other; libyaml recurses
  /// that deep.
  fileprivate var nesting: Int {
    var depth = 0
    var deepest = 0
    var dashes = 0
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
      case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): dashes += 1
      case UInt8(ascii: " "): break
      default: dashes = 0
      }
      deepest = max(deepest, dashes)
    }
    return deepest
  }
}
