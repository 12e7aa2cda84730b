/// What a pickle of tensors is made of.
///
/// Containers are numbers into the machine's arena: a value is then flat, however deep the pickle
/// nests, and containers that are changed after they were remembered stay one and the same.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case tuple([Int])
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(StorageReference)
  case tensor(TensorReference)
  /// NumPy's name of an element type, `u4`.
  case elementType(String)
  case array(Int)
}

/// One of NumPy's arrays: the elements of a generator's state.
struct PickleArray: Equatable {
  /// NumPy's name, `u4`.
  var elementType = ""
  /// Little-endian, as they stand in the pickle.
  var bytes: [UInt8] = []
}

/// The functions and classes that a pickle of tensors and generators' states may name.
enum PickleGlobal: Equatable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case size
  case storage(ScalarType)
  case rebuildArray
  case arrayClass
  case elementType
  case encode

  /// By `module.name`; nil for everything else.
  init?(_ name: String) {
    switch name {
    case "collections.OrderedDict": self = .orderedDictionary
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2": self = .rebuildTensor
    case "torch._utils._rebuild_parameter": self = .rebuildParameter
    case "torch.Size": self = .size
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
      self = .rebuildArray
    case "numpy.ndarray": self = .arrayClass
    case "numpy.dtype": self = .elementType
    case "_codecs.encode": self = .encode
    default:
      guard name.hasPrefix("torch."), let type = Self.storageTypes[String(name.dropFirst(6))]
      else { return nil }
      self = .storage(type)
    }
  }

  private static let storageTypes: [String: ScalarType] = [
    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
  ]
}

/// A run of elements that stands in a record of its own.
struct StorageReference: Hashable {
  var key: String
  var type: ScalarType
  var count: Int
}

/// A tensor as a view of a storage; all in elements.
struct TensorReference: Hashable {
  var storage: StorageReference
  var offset: Int
  var shape: [Int]
  var strides: [Int]
}
