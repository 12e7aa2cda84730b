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

  /// Reads all tensors; views of the same elements share them.
  func load(
    _ references: OrderedDictionary<String, TensorReference>
  ) throws(TorchFileError) -> NamedTensors {
    let size = try ZipArchive.wrap { () throws(FileError) in try file.size() }
    var loaded: [TensorReference: HostTensor] = [:]
    var byteCount = 0
    var result: NamedTensors = [:]
    for (name, reference) in references {
      if let tensor = loaded[reference] {
        result[name] = tensor
        continue
      }
      byteCount += (Self.count(of: reference) ?? 0) * reference.storage.type.size
      guard byteCount <= size else {
        throw .tooMuch(file: file.path, what: "its tensors are larger than the file")
      }
      let tensor = try read(reference)
      loaded[reference] = tensor
      result[name] = tensor
    }
    return result
  }

  private func read(_ tensor: TensorReference) throws(TorchFileError) -> HostTensor {
    let type = tensor.storage.type
    guard let place = places[tensor.storage.key], place.count / type.size >= tensor.storage.count
    else { throw bad("storage \(tensor.storage.key) is smaller than it claims") }
    let end = Self.end(of: tensor) ?? tensor.offset
    let isEmpty = tensor.shape.contains(0)
    let span = isEmpty ? 0 : end - tensor.offset
    let offset = place.lowerBound + (isEmpty ? 0 : tensor.offset) * type.size
    var bytes = try ZipArchive.wrap { () throws(FileError) in
      try file.read(UInt8.self, count: span * type.size, at: offset)
    }
    if !Self.isContiguous(tensor) {
      bytes = gathered(bytes, Self.indices(of: tensor), size: type.size)
    }
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

/// The elements of `size` bytes at `indices`.
private func gathered(_ bytes: [UInt8], _ indices: [Int], size: Int) -> [UInt8] {
  bytes.withUnsafeBytes { source in
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
