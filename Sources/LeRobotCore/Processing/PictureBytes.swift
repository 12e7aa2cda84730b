/// Pictures as bytes, with the number that each byte stands for: how normalised pictures reach an
/// engine in a quarter of the memory that the numbers take.
///
/// [picture-table]  xᵢ = table[⌊i / inner⌋ mod period][byteᵢ]
///
/// Any map of single elements is a table of 256 results, worked out as the map itself would, so
/// nothing is rounded differently; the engine looks them up on its own device.
package struct PictureBytes: Sendable, Equatable {
  /// In row-major order.
  package let bytes: [UInt8]
  /// Sizes of the axes, [B, C, H, W] in a batch.
  package let shape: [Int]
  /// [period, 256]: a row of results for each channel.
  package let table: [Float]
  /// Elements in a row that belong to one channel.
  package let inner: Int

  /// The number of channels the table tells apart.
  package var period: Int { table.count / 256 }

  /// Wraps bytes, one for each element of `shape`; `inner` must divide their number.
  package init(_ bytes: [UInt8], shape: [Int], table: [Float], inner: Int) {
    precondition(
      bytes.count == shape.reduce(1, *) && inner > 0 && bytes.count.isMultiple(of: inner)
        && !table.isEmpty && table.count.isMultiple(of: 256),
      "PictureBytes: \(bytes.count) bytes in \(shape), \(table.count) results, \(inner) in a row")
    self.bytes = bytes
    self.shape = shape
    self.table = table
    self.inner = inner
  }

  /// Pictures as they are: byte b stands for b / 255.
  package init(_ bytes: [UInt8], shape: [Int]) {
    self.init(
      bytes, shape: shape, table: (0...255).map { Float($0) / 255 }, inner: max(1, bytes.count))
  }

  /// What the bytes stand for, in float32.
  package var tensor: HostTensor { HostTensor(numbers, shape: shape) }

  private var numbers: [Float] {
    [Float](unsafeUninitializedCapacity: bytes.count) { numbers, initializedCount in
      bytes.withUnsafeBufferPointer { bytes in
        table.withUnsafeBufferPointer { table in
          for start in stride(from: 0, to: bytes.count, by: inner) {
            let row = start / inner % period * 256
            for index in start..<start + inner { numbers[index] = table[row + Int(bytes[index])] }
          }
        }
      }
      initializedCount = bytes.count
    }
  }
}
