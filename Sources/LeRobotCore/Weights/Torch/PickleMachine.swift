import OrderedCollections

/// Reads the pickles that torch.save writes, without Python and without calling anything.
///
/// Of Python's pickle language (`Lib/pickletools.py`) it knows what tensors, numbers, text and NumPy's
/// arrays in dictionaries use;
/// a function or class is refused unless `PickleGlobal` lists it, and those are only noted.
struct PickleMachine {
  /// Objects a pickle may make: far more than any state dictionary has.
  static let objectLimit = 4_000_000

  private(set) var tuples: [PickleValue] = []
  private(set) var lists: [[PickleValue]] = []
  private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  private(set) var arrays: [PickleArray] = []
  /// The element type of every storage, by its key.
  private(set) var storages: OrderedDictionary<String, ScalarType> = [:]

  private let file: String
  private let bytes: [UInt8]
  private(set) var position: Int
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var objectCount = 0

  init(_ bytes: [UInt8], startingAt position: Int = 0, file: String) {
    self.bytes = bytes
    self.position = position
    self.file = file
  }

  /// Runs one pickle to its end and returns the object it makes; `position` is then behind it.
  mutating func run() throws(TorchFileError) -> PickleValue {
    stack = []
    marks = []
    memo = [:]
    while true {
      try spend(1)
      let code = try byte()
      if code == UInt8(ascii: ".") { return try pop() }
      try execute(code)
    }
  }

  /// Bounds the work of a pickle that refers to the same large object again and again.
  private mutating func spend(_ count: Int) throws(TorchFileError) {
    objectCount += count
    guard objectCount <= Self.objectLimit else {
      throw .tooMuch(file: file, what: "more than \(Self.objectLimit) pickle operations")
    }
  }

  private mutating func execute(_ code: UInt8) throws(TorchFileError) {
    if try executeLiteral(code) { return }
    switch UnicodeScalar(code) {
    case "(": marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "}": stack.append(newDictionary())
    case "]": stack.append(newList([]))
    case ")": try pushTuple([])
    case "t": try pushTuple(try popToMark())
    case "\u{85}": try pushTuple(try popLast(1))
    case "\u{86}": try pushTuple(try popLast(2))
    case "\u{87}": try pushTuple(try popLast(3))
    case "a": try append([try pop()])
    case "e": try append(try popToMark())
    case "s": try setItems(try popLast(2))
    case "u": try setItems(try popToMark())
    case "q": memo[Int(try byte())] = try top()
    case "r": memo[try integer(4)] = try top()
    case "\u{94}": memo[memo.count] = try top()
    case "h": try recall(Int(try byte()))
    case "j": try recall(try integer(4))
    case "c": try pushGlobal("\(try line()).\(try line())")
    case "\u{93}": try pushStackGlobal()
    case "Q": stack.append(try storage(try pop()))
    case "R": try reduce()
    case "b": try build(try pop())
    default: throw damaged("an operation \(code) that weights do not need")
    }
  }

  /// Numbers, strings and framing; false for other operations.
  private mutating func executeLiteral(_ code: UInt8) throws(TorchFileError) -> Bool {
    switch UnicodeScalar(code) {
    case "\u{80}": _ = try byte()
    case "\u{95}": _ = try take(8)
    case "N": stack.append(.none)
    case "\u{88}": stack.append(.bool(true))
    case "\u{89}": stack.append(.bool(false))
    case "K": stack.append(.integer(Int(try byte())))
    case "M": stack.append(.integer(try integer(2)))
    case "J": stack.append(.integer(Int(Int32(truncatingIfNeeded: try integer(4)))))
    case "\u{8A}": stack.append(try long(try take(Int(try byte()))))
    case "G":
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      stack.append(.double(Double(bitPattern: bits)))
    case "X", "T": try pushString(try integer(4))
    case "\u{8C}", "U": try pushString(Int(try byte()))
    case "B": stack.append(.bytes(try take(try integer(4))))
    case "C": stack.append(.bytes(try take(Int(try byte()))))
    default: return false
    }
    return true
  }
}

// MARK: Containers

extension PickleMachine {
  private mutating func newDictionary() -> PickleValue {
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  private mutating func newList(_ values: [PickleValue]) -> PickleValue {
    lists.append(values)
    return .list(lists.count - 1)
  }

  private mutating func pushTuple(_ values: [PickleValue]) throws(TorchFileError) {
    let first = tuples.count
    tuples += values
    stack.append(.tuple(Array(first..<tuples.count)))
  }

  private mutating func append(_ values: [PickleValue]) throws(TorchFileError) {
    guard case .list(let index) = try top() else { throw damaged("items for what is no list") }
    lists[index] += values
  }

  private mutating func setItems(_ values: [PickleValue]) throws(TorchFileError) {
    guard case .dictionary(let index) = try top(), values.count.isMultiple(of: 2) else {
      throw damaged("items for what is no dictionary")
    }
    for item in stride(from: 0, to: values.count, by: 2) {
      dictionaries[index].append((values[item], values[item + 1]))
    }
  }

  private mutating func elements(_ value: PickleValue) throws(TorchFileError) -> [PickleValue] {
    guard case .tuple(let indices) = value else { throw damaged("expected a tuple") }
    try spend(indices.count)
    return indices.map { tuples[$0] }
  }
}

// MARK: Tensors

extension PickleMachine {
  private mutating func pushGlobal(_ name: String) throws(TorchFileError) {
    guard let global = PickleGlobal(name) else { throw .refusedGlobal(file: file, name: name) }
    stack.append(.global(global))
  }

  private mutating func pushStackGlobal() throws(TorchFileError) {
    let names = try popLast(2)
    guard case .string(let module) = names[0], case .string(let name) = names[1] else {
      throw damaged("a global without a name")
    }
    try pushGlobal("\(module).\(name)")
  }

  /// `('storage', type, key, location, count)`, with a sixth, empty entry in the older format.
  private mutating func storage(_ identifier: PickleValue) throws(TorchFileError) -> PickleValue {
    let parts = try elements(identifier)
    guard parts.count >= 5, case .string("storage") = parts[0],
      case .global(.storage(let type)) = parts[1], case .string(let key) = parts[2],
      case .integer(let count) = parts[4], count >= 0
    else { throw damaged("an unknown kind of storage") }
    if parts.count > 5, case .tuple = parts[5] { throw damaged("a view of a storage") }
    storages[key] = type
    return .storage(StorageReference(key: key, type: type, count: count))
  }

  /// Calls, in effect, one of the few functions that are known.
  private mutating func reduce() throws(TorchFileError) {
    let call = try popLast(2)
    let arguments = try elements(call[1])
    guard case .global(let function) = call[0] else { throw damaged("a call of no function") }
    switch function {
    case .orderedDictionary: stack.append(try orderedDictionary(arguments))
    case .rebuildTensor: stack.append(.tensor(try tensor(arguments)))
    case .rebuildParameter, .size:
      guard let value = arguments.first else { throw damaged("a call without arguments") }
      stack.append(value)
    case .storage, .arrayClass: throw damaged("a call of a class")
    case .rebuildArray:
      arrays.append(PickleArray())
      stack.append(.array(arrays.count - 1))
    case .elementType:
      guard case .string(let name)? = arguments.first else { throw damaged("a type of no name") }
      stack.append(.elementType(name))
    case .encode: stack.append(.bytes(try latin1(arguments)))
    }
  }

  /// An empty one, or one made of a list of pairs as Python 2 wrote it.
  private mutating func orderedDictionary(
    _ arguments: [PickleValue]
  ) throws(TorchFileError) -> PickleValue {
    let value = newDictionary()
    guard case .list(let pairs)? = arguments.first, case .dictionary(let index) = value else {
      return value
    }
    try spend(lists[pairs].count)
    for pair in lists[pairs] {
      guard case .list(let entry) = pair, lists[entry].count == 2 else {
        throw damaged("an ordered dictionary of other things than pairs")
      }
      dictionaries[index].append((lists[entry][0], lists[entry][1]))
    }
    return value
  }

  private mutating func tensor(_ arguments: [PickleValue]) throws(TorchFileError) -> TensorReference
  {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1]
    else { throw damaged("a tensor without a storage") }
    return TensorReference(
      storage: storage, offset: offset, shape: try integers(arguments[2]),
      strides: try integers(arguments[3]))
  }

  private mutating func integers(_ value: PickleValue) throws(TorchFileError) -> [Int] {
    var result: [Int] = []
    for element in try elements(value) {
      guard case .integer(let integer) = element else { throw damaged("expected an integer") }
      result.append(integer)
    }
    return result
  }
}

// MARK: NumPy's arrays

extension PickleMachine {
  /// Gives an object its state: an array its elements, `(version, shape, type, order, bytes)`. That
  /// of other objects, such as `_metadata` of a state dictionary, is passed over.
  private mutating func build(_ state: PickleValue) throws(TorchFileError) {
    switch try top() {
    case .array(let index):
      let parts = try elements(state)
      guard parts.count == 5, case .elementType(let type) = parts[2],
        case .bytes(let bytes) = parts[4]
      else { throw damaged("an array of an unknown kind") }
      arrays[index] = PickleArray(elementType: type, bytes: bytes)
    case .elementType:
      let parts = try elements(state)
      guard parts.count > 1, case .string(let order) = parts[1], order != ">" else {
        throw damaged("an array of a big-endian machine")
      }
    default: break
    }
  }

  /// Protocol 2 has no bytes: they stand as text whose characters are the bytes.
  private mutating func latin1(_ arguments: [PickleValue]) throws(TorchFileError) -> [UInt8] {
    guard case .string(let text)? = arguments.first else { throw damaged("bytes of no text") }
    try spend(text.utf8.count)
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { throw damaged("text that is no bytes") }
      bytes.append(byte)
    }
    return bytes
  }
}

// MARK: Stack and bytes

extension PickleMachine {
  private func top() throws(TorchFileError) -> PickleValue {
    guard let value = stack.last else { throw damaged("the stack is empty") }
    return value
  }

  private mutating func pop() throws(TorchFileError) -> PickleValue {
    try popLast(1)[0]
  }

  private mutating func popLast(_ count: Int) throws(TorchFileError) -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else { throw damaged("the stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(TorchFileError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw damaged("a mark is missing") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ index: Int) throws(TorchFileError) {
    guard let value = memo[index] else { throw damaged("nothing is remembered as \(index)") }
    stack.append(value)
  }

  private mutating func pushString(_ count: Int) throws(TorchFileError) {
    stack.append(.string(String(decoding: try take(count), as: UTF8.self)))
  }

  /// A two's complement number, low byte first.
  private func long(_ bytes: [UInt8]) throws(TorchFileError) -> PickleValue {
    // torch's older format begins with a magic number of ten bytes.
    guard bytes.count <= 8 else {
      return .string(bytes.reversed().map { String($0, radix: 16) }.joined())
    }
    let negative = bytes.last.map { $0 >= 0x80 } ?? false
    let value = bytes.reversed().reduce(negative ? ~UInt64(0) : 0) { $0 << 8 | UInt64($1) }
    return .integer(Int(Int64(bitPattern: value)))
  }

  private mutating func byte() throws(TorchFileError) -> UInt8 { try take(1)[0] }

  private mutating func integer(_ width: Int) throws(TorchFileError) -> Int {
    try take(width).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func take(_ count: Int) throws(TorchFileError) -> [UInt8] {
    guard count <= bytes.count - position else { throw damaged("it ends too early") }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  private mutating func line() throws(TorchFileError) -> String {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw damaged("it ends too early")
    }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  private func damaged(_ reason: String) -> TorchFileError {
    .damagedPickle(file: file, position: position, reason: reason)
  }
}
