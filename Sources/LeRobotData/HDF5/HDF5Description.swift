import CHDF5

/// Shape and element kind of an HDF5 dataset.
package struct HDF5Description: Sendable, Equatable {
  /// What the elements are.
  package enum Kind: Sendable, Equatable {
    case real(bytes: Int)
    case integer(bytes: Int, isSigned: Bool)
    /// Text or bytes, padded to one length.
    case string(bytes: Int)
    /// An array of bytes in each element.
    case variableBytes
    case other

    package var isNumber: Bool {
      switch self {
      case .real, .integer: true
      case .string, .variableBytes, .other: false
      }
    }
  }

  package var shape: [Int]
  package var kind: Kind

  package init(shape: [Int], kind: Kind) {
    self.shape = shape
    self.kind = kind
  }
}

extension HDF5Description.Kind: CustomStringConvertible {
  package var description: String {
    switch self {
    case .real(let bytes): "float\(8 * bytes)"
    case .integer(let bytes, let isSigned): "\(isSigned ? "int" : "uint")\(8 * bytes)"
    case .string(let bytes): "text of \(bytes) bytes"
    case .variableBytes: "byte arrays"
    case .other: "elements of another kind"
    }
  }

  /// Under the library's lock.
  init(type: hid_t) {
    let bytes = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_FLOAT: self = .real(bytes: bytes)
    case H5T_INTEGER: self = .integer(bytes: bytes, isSigned: H5Tget_sign(type) == H5T_SGN_2)
    case H5T_STRING where H5Tis_variable_str(type) == 0: self = .string(bytes: bytes)
    case H5T_OPAQUE: self = .string(bytes: bytes)
    case H5T_VLEN:
      let element = H5Tget_super(type)
      defer { H5Tclose(element) }
      let isByte = H5Tget_class(element) == H5T_INTEGER && H5Tget_size(element) == 1
      self = isByte ? .variableBytes : .other
    default: self = .other
    }
  }
}
