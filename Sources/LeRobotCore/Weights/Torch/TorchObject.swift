import OrderedCollections

/// An object of a torch file, looked at one level at a time, however deep or tangled the file is.
struct TorchObject {
  private let value: PickleValue
  private let document: TorchDocument

  init(_ value: PickleValue, in document: TorchDocument) {
    self.value = value
    self.document = document
  }

  /// A dictionary's value under a text; the last one counts.
  subscript(key: String) -> TorchObject? {
    entries?.last { $0.key.string == key }?.value
  }

  /// A dictionary's entries in their order.
  var entries: [(key: TorchObject, value: TorchObject)]? {
    guard case .dictionary(let index) = value else { return nil }
    return document.machine.dictionaries[index].map {
      (TorchObject($0.key, in: document), TorchObject($0.value, in: document))
    }
  }

  /// The elements of a list or a tuple.
  var elements: [TorchObject]? {
    switch value {
    case .list(let index):
      document.machine.lists[index].map { TorchObject($0, in: document) }
    case .tuple(let indices):
      indices.map { TorchObject(document.machine.tuples[$0], in: document) }
    default: nil
    }
  }

  var isNone: Bool { if case .none = value { true } else { false } }
  var integer: Int? { if case .integer(let value) = value { value } else { nil } }
  var string: String? { if case .string(let value) = value { value } else { nil } }
  var tensor: TensorReference? { if case .tensor(let value) = value { value } else { nil } }

  /// The number, whole or not.
  var number: Double? {
    switch value {
    case .integer(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// One of NumPy's arrays.
  var array: PickleArray? {
    if case .array(let index) = value { document.machine.arrays[index] } else { nil }
  }

  /// Numbers, texts and containers of them as JSON; nil for anything else, and for what nests deeper
  /// than options of optimizers and schedules do.
  func json(depth: Int = 4) -> JSONValue? {
    switch value {
    case .none: return .null
    case .bool(let value): return .bool(value)
    case .integer(let value): return .int(value)
    case .double(let value): return .double(value)
    case .string(let value): return .string(value)
    case .list, .tuple, .dictionary: break
    default: return Optional.none
    }
    guard depth > 0 else { return Optional.none }
    if let elements {
      let values = elements.compactMap { $0.json(depth: depth - 1) }
      return values.count == elements.count ? .array(values) : Optional.none
    }
    var fields: OrderedDictionary<String, JSONValue> = [:]
    for (key, value) in entries ?? [] {
      guard let name = key.string, let json = value.json(depth: depth - 1) else {
        return Optional.none
      }
      fields[name] = json
    }
    return .object(fields)
  }
}
