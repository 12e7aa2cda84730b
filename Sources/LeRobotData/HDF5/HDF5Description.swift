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
  init(type: ch5_id) {
    let bytes = ch5_Tget_size(type)
    switch ch5_Tget_class(type) {
    case ch5_float: self = .real(bytes: bytes)
    case ch5_integer: self = .integer(bytes: bytes, isSigned: ch5_Tget_sign(type) == ch5_signed)
    case ch5_string where ch5_Tis_variable_str(type) == 0: self = .string(bytes: bytes)
    case ch5_opaque: self = .string(bytes: bytes)
    case ch5_variable:
      let element = ch5_Tget_super(type)
      defer { ch5_Tclose(element) }
      let isByte = ch5_Tget_class(element) == ch5_integer && ch5_Tget_size(element) == 1
      self = isByte ? .variableBytes : .other
    default: self = .other
    }
  }
}
