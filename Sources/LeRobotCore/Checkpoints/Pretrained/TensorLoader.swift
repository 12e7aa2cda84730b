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
    let storage = try ZipArchive.wrap { () throws(FileError) in
      try file.read(type, count: span, at: offset)
    }
    let indices = Self.isContiguous(tensor) ? nil : Self.indices(of: tensor)
    return HostTensor(shape: tensor.shape, storage: storage.gathered(indices))
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

extension HostTensor.Storage {
  /// The elements at `indices`; all of them where that is nil.
  fileprivate func gathered(_ indices: [Int]?) -> Self {
    guard let indices else { return self }
    return switch self {
    case .bool(let values): .bool(indices.map { values[$0] })
    case .uint8(let values): .uint8(indices.map { values[$0] })
    case .int64(let values): .int64(indices.map { values[$0] })
    case .float32(let values): .float32(indices.map { values[$0] })
    case .float64(let values): .float64(indices.map { values[$0] })
    case .picture(let picture): Self.float32(picture.numbers).gathered(indices)
    }
  }
}
