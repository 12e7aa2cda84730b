import LeRobotCore
import OrderedCollections

/// The numbers of all frames, one column a feature: in memory, or in a file where they are many.
package struct FrameTable: Sendable {
  package var columns: OrderedDictionary<String, FrameColumn>

  package init(columns: OrderedDictionary<String, FrameColumn> = [:]) {
    self.columns = columns
  }

  /// An int64 column's value at a frame, nil where there is no such column.
  func integer(_ key: String, at row: Int) throws(DataError) -> Int? {
    guard let column = columns[key], column.type == .int64 else { return nil }
    return Int(try column.element(Int64.self, at: row))
  }

  /// A float32 column's value at a frame, nil where there is no such column.
  func float(_ key: String, at row: Int) throws(DataError) -> Float? {
    guard let column = columns[key], column.type == .float32 else { return nil }
    return try column.element(Float.self, at: row)
  }
}

/// One feature of all frames: elements of one of the three types that torch makes of Python's
/// values (LeRobot `datasets/utils.py`, `hf_transform_to_torch`).
package struct FrameColumn: Sendable {
  /// `bool`, `int64` or `float32`.
  package let type: ScalarType
  /// The shape of one frame's value; empty for a scalar.
  package let shape: [Int]
  /// [frames] + shape, row-major.
  private let storage: any ColumnStorage

  init(_ type: ScalarType, shape: [Int], storage: any ColumnStorage) {
    (self.type, self.shape, self.storage) = (type, shape, storage)
  }

  /// Keeps elements that are in memory.
  package init<Element: HostElement>(shape: [Int], values: [Element]) {
    self.init(Element.scalarType, shape: shape, storage: ColumnMemory(values))
  }

  /// Elements of one frame.
  var width: Int { shape.reduce(1, *) }

  /// The one element of a frame of a scalar column.
  func element<Element: HostElement>(
    _ type: Element.Type, at row: Int
  ) throws(DataError) -> Element {
    try picked(type, [row])[0]
  }

  /// The values of some frames, leading + shape.
  func gather(_ rows: [Int], leading: [Int]) throws(DataError) -> HostTensor {
    switch type {
    case .bool:
      let bytes = try picked(UInt8.self, rows)
      return HostTensor(bytes.map { $0 != 0 }, shape: leading + shape)
    case .int64: return HostTensor(try picked(Int64.self, rows), shape: leading + shape)
    default: return HostTensor(try picked(Float.self, rows), shape: leading + shape)
    }
  }

  /// The elements of some frames; frames in a row are read at once.
  private func picked<Element: HostElement>(
    _: Element.Type, _ rows: [Int]
  ) throws(DataError) -> [Element] {
    let stride = width * MemoryLayout<Element>.stride
    var failure: DataError?
    let elements = [Element](unsafeUninitializedCapacity: rows.count * width) { buffer, count in
      let target = UnsafeMutableRawBufferPointer(buffer)
      var start = 0
      do throws(DataError) {
        while start < rows.count, stride > 0 {
          var end = start + 1
          while end < rows.count, rows[end] == rows[end - 1] + 1 { end += 1 }
          try storage.read(
            at: rows[start] * stride, into: .init(rebasing: target[start * stride..<end * stride]))
          start = end
        }
        count = rows.count * width
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return elements
  }
}
