import CArrowTable

/// A column to be written.
package indirect enum ParquetColumn: Sendable {
  case floats([Float])
  case doubles([Double])
  case integers([Int64])
  /// Numbers, some of them null.
  case optionalIntegers([Int64?])
  case optionalDoubles([Double?])
  case booleans([Bool])
  case strings([String])
  case bytes([[UInt8]])
  /// `fixed_size_list<…>[width]`.
  case fixedList(width: Int, ParquetColumn)
  /// `list<…>`: row i holds the values from offset i up to offset i + 1.
  case list(offsets: [Int32], ParquetColumn)
  case structure(rowCount: Int, [(name: String, column: ParquetColumn)])

  /// The number of rows.
  package var count: Int {
    switch self {
    case .floats(let values): values.count
    case .doubles(let values): values.count
    case .integers(let values): values.count
    case .optionalIntegers(let values): values.count
    case .optionalDoubles(let values): values.count
    case .booleans(let values): values.count
    case .strings(let values): values.count
    case .bytes(let values): values.count
    case .fixedList(let width, let values): values.count / width
    case .list(let offsets, _): offsets.count - 1
    case .structure(let rowCount, _): rowCount
    }
  }

  /// The type in the notation of the Arrow C Data Interface.
  var format: String {
    switch self {
    case .floats: "f"
    case .doubles, .optionalDoubles: "g"
    case .integers, .optionalIntegers: "l"
    case .booleans: "b"
    case .strings: "u"
    case .bytes: "z"
    case .fixedList(let width, _): "+w:\(width)"
    case .list: "+l"
    case .structure: "+s"
    }
  }

  var children: [(name: String, column: ParquetColumn)] {
    switch self {
    case .fixedList(_, let values), .list(_, let values): [("element", values)]
    case .structure(_, let members): members
    default: []
    }
  }
}

// MARK: - The C Data Interface

/// The memory of one exported array or type; its `release` callback frees it.
private final class ExportedMemory {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { blocks.forEach { $0.deallocate() } }

  func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    // 64 bytes: what Arrow asks for, and never none.
    let size = max(elements.count * MemoryLayout<Element>.stride, 64)
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    blocks.append(block)
    let target = block.bindMemory(to: Element.self, capacity: elements.count)
    target.initialize(from: elements, count: elements.count)
    return target
  }

  func copy(_ text: String) -> UnsafePointer<CChar> {
    UnsafePointer(copy(Array(text.utf8CString)))
  }

  /// Keeps this memory until `release` is called.
  var retained: UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }
}

private func releaseArray(_ array: UnsafeMutablePointer<ArrowArray>?) {
  guard let array, let memory = array.pointee.private_data else { return }
  for index in 0..<Int(array.pointee.n_children) {
    if let child = array.pointee.children[index] { child.pointee.release?(child) }
  }
  array.pointee.release = nil
  Unmanaged<ExportedMemory>.fromOpaque(memory).release()
}

private func releaseSchema(_ schema: UnsafeMutablePointer<ArrowSchema>?) {
  guard let schema, let memory = schema.pointee.private_data else { return }
  for index in 0..<Int(schema.pointee.n_children) {
    if let child = schema.pointee.children[index] { child.pointee.release?(child) }
  }
  schema.pointee.release = nil
  Unmanaged<ExportedMemory>.fromOpaque(memory).release()
}

extension ParquetColumn {
  /// The column's type, for Arrow to take over.
  func exportedSchema(name: String) -> ArrowSchema {
    let memory = ExportedMemory()
    let inner = children.map { child in
      Optional(memory.copy([child.column.exportedSchema(name: child.name)]))
    }
    return ArrowSchema(
      format: memory.copy(format), name: memory.copy(name), metadata: nil,
      flags: Int64(ARROW_FLAG_NULLABLE), n_children: Int64(inner.count),
      children: memory.copy(inner), dictionary: nil, release: releaseSchema,
      private_data: memory.retained)
  }

  /// The column's values, for Arrow to take over.
  func exportedArray() -> ArrowArray {
    let memory = ExportedMemory()
    let presence = presence
    let buffers = [presence.map { Self.bitmap($0, memory) }] + valueBuffers(memory)
    let inner = children.map { Optional(memory.copy([$0.column.exportedArray()])) }
    return ArrowArray(
      length: Int64(count), null_count: Int64(presence?.count { !$0 } ?? 0), offset: 0,
      n_buffers: Int64(buffers.count),
      n_children: Int64(inner.count), buffers: memory.copy(buffers), children: memory.copy(inner),
      dictionary: nil, release: releaseArray, private_data: memory.retained)
  }

  /// For each row whether it holds a value; nil where all do.
  private var presence: [Bool]? {
    switch self {
    case .optionalIntegers(let values): values.map { $0 != nil }
    case .optionalDoubles(let values): values.map { $0 != nil }
    default: nil
    }
  }

  private static func bitmap(_ flags: [Bool], _ memory: ExportedMemory) -> UnsafeRawPointer {
    var bits = [UInt8](repeating: 0, count: (flags.count + 7) / 8)
    for (index, flag) in flags.enumerated() where flag { bits[index >> 3] |= 1 << (index & 7) }
    return UnsafeRawPointer(memory.copy(bits))
  }

  private func valueBuffers(_ memory: ExportedMemory) -> [UnsafeRawPointer?] {
    func offsets(_ lengths: [Int]) -> UnsafeRawPointer {
      var offsets: [Int32] = [0]
      for length in lengths { offsets.append((offsets.last ?? 0) + Int32(length)) }
      return UnsafeRawPointer(memory.copy(offsets))
    }
    switch self {
    case .floats(let values): return [UnsafeRawPointer(memory.copy(values))]
    case .doubles(let values): return [UnsafeRawPointer(memory.copy(values))]
    case .integers(let values): return [UnsafeRawPointer(memory.copy(values))]
    case .optionalIntegers(let values):
      return [UnsafeRawPointer(memory.copy(values.map { $0 ?? 0 }))]
    case .optionalDoubles(let values):
      return [UnsafeRawPointer(memory.copy(values.map { $0 ?? 0 }))]
    case .booleans(let values): return [Self.bitmap(values, memory)]
    case .strings(let values):
      let bytes = memory.copy(values.flatMap(\.utf8))
      return [offsets(values.map(\.utf8.count)), UnsafeRawPointer(bytes)]
    case .bytes(let values):
      let bytes = memory.copy(values.flatMap { $0 })
      return [offsets(values.map(\.count)), UnsafeRawPointer(bytes)]
    case .list(let offsets, _): return [UnsafeRawPointer(memory.copy(offsets))]
    case .fixedList, .structure: return []
    }
  }
}
