import OrderedCollections

/// Reads tensors that are views of storages, after checking that they stay inside them.
struct TensorLoader {
  let file: RawFile
  /// Where each storage's bytes lie in the file.
  var places: [String: Range<Int>] = [:]

  init(file: RawFile) { self.file = file }

  /// Refuses a view that reaches beyond its storage.
  func check(_ tensor: TensorReference) throws(TorchFileError) {
    guard tensor.shape.count == tensor.strides.count, tensor.shape.count <= 64,
      tensor.shape.allSatisfy({ $0 >= 0 }), tensor.strides.allSatisfy({ $0 >= 0 }),
      tensor.offset >= 0
    else { throw bad("a tensor of shape \(tensor.shape) and strides \(tensor.strides)") }
    // Every product and sum may overflow; one that does reaches beyond any storage.
    guard let end = Self.end(of: tensor), end <= tensor.storage.count,
      let count = Self.count(of: tensor), count <= tensor.storage.count
    else {
      throw bad(
        "a tensor of shape \(tensor.shape) reaches beyond its storage of "
          + "\(tensor.storage.count) elements")
    }
  }

  /// Refuses tensors that are together larger than the file.
  func checkSize(of tensors: Set<TensorReference>) throws(TorchFileError) {
    let size = try ZipArchive.wrap { () throws(FileError) in try file.size() }
    var byteCount = 0
    for tensor in tensors {
      byteCount += (Self.count(of: tensor) ?? 0) * tensor.storage.type.size
      guard byteCount <= size else {
        throw .tooMuch(file: file.path, what: "its tensors are larger than the file")
      }
    }
  }

  /// Reads a tensor that was checked; a large one that is contiguous is mapped.
  func read(_ tensor: TensorReference) throws(TorchFileError) -> HostTensor {
    let type = tensor.storage.type
    guard let place = places[tensor.storage.key], place.count / type.size >= tensor.storage.count
    else { throw bad("storage \(tensor.storage.key) is smaller than it claims") }
    let end = Self.end(of: tensor) ?? tensor.offset
    let isEmpty = tensor.shape.contains(0)
    let span = isEmpty ? 0 : end - tensor.offset
    let offset = place.lowerBound + (isEmpty ? 0 : tensor.offset) * type.size
    let range = offset..<offset + span * type.size
    let buffer = try ZipArchive.wrap { () throws(FileError) in try file.buffer(range) }
    guard !Self.isContiguous(tensor) else {
      return HostTensor(type, shape: tensor.shape, buffer: buffer)
    }
    let bytes = gathered(buffer, Self.indices(of: tensor), size: type.size)
    return HostTensor(type, shape: tensor.shape, buffer: HostBuffer(bytes))
  }

  /// One past the last element a view touches; nil where that overflows.
  private static func end(of tensor: TensorReference) -> Int? {
    if tensor.shape.contains(0) { return 0 }
    var last = tensor.offset
    for (size, stride) in zip(tensor.shape, tensor.strides) {
      let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(reach)
      if overflow || sumOverflow { return nil }
      last = sum
    }
    let (end, overflow) = last.addingReportingOverflow(1)
    return overflow ? nil : end
  }

  /// The number of elements; nil where the product overflows, empty axes left aside.
  private static func count(of tensor: TensorReference) -> Int? {
    var count = 1
    for size in tensor.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
      if overflow { return nil }
      count = product
    }
    return tensor.shape.contains(0) ? 0 : count
  }

  private static func isContiguous(_ tensor: TensorReference) -> Bool {
    var expected = 1
    for (size, stride) in zip(tensor.shape, tensor.strides).reversed() {
      if size != 1 && stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// Positions of a view's elements in row-major order, from its first element.
  private static func indices(of tensor: TensorReference) -> [Int] {
    zip(tensor.shape, tensor.strides).reduce([0]) { positions, axis in
      positions.flatMap { position in (0..<axis.0).map { position + $0 * axis.1 } }
    }
  }

  private func bad(_ reason: String) -> TorchFileError {
    .badTensor(file: file.path, reason: reason)
  }
}

/// The elements, of `size` bytes each, at `indices`.
private func gathered(_ buffer: HostBuffer, _ indices: [Int], size: Int) -> [UInt8] {
  buffer.withUnsafeBytes { source in
    [UInt8](unsafeUninitializedCapacity: indices.count * size) { target, initializedCount in
      let target = UnsafeMutableRawBufferPointer(target)
      for (place, index) in indices.enumerated() {
        UnsafeMutableRawBufferPointer(rebasing: target[place * size..<(place + 1) * size])
          .copyMemory(
            from: UnsafeRawBufferPointer(rebasing: source[index * size..<(index + 1) * size]))
      }
      initializedCount = indices.count * size
    }
  }
}
