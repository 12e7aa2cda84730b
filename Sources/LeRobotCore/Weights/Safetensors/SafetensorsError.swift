/// Why a safetensors file cannot be read or written.
package enum SafetensorsError: Error, Equatable {
  case file(FileError)
  /// Fewer than the eight bytes that hold the header's length.
  case tooShort(file: String, byteCount: Int)
  case headerTooLarge(file: String, headerSize: UInt64, limit: Int)
  case headerBeyondFile(file: String, headerSize: Int, fileSize: Int)
  case invalidHeader(file: String, position: Int, reason: String)
  case duplicateName(file: String, tensor: String)
  case unknownType(file: String, tensor: String, type: String)
  /// The bytes named do not hold shape × type, or that product is beyond what can be addressed.
  case wrongSize(file: String, tensor: String, shape: [Int], type: String, byteCount: Int)
  case outOfBounds(file: String, tensor: String, end: Int, dataSize: Int)
  case overlap(file: String, tensor: String, start: Int, previousEnd: Int)
  /// Bytes between two tensors that belong to neither.
  case gap(file: String, tensor: String, start: Int, previousEnd: Int)
  case trailingBytes(file: String, count: Int)
  case missingTensor(file: String, tensor: String)
}

extension SafetensorsError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file(let error):
      error.description
    case .tooShort(let file, let byteCount):
      "\(file): \(byteCount) bytes are too few for a safetensors file; copy it again"
    case .headerTooLarge(let file, let headerSize, let limit):
      "\(file): header of \(headerSize) bytes (at most \(limit)); this is no safetensors file"
    case .headerBeyondFile(let file, let headerSize, let fileSize):
      "\(file): header of \(headerSize) bytes in a file of \(fileSize); copy the file again"
    case .invalidHeader(let file, let position, let reason):
      "\(file): header byte \(position): \(reason); the file is damaged, copy it again"
    case .duplicateName(let file, let tensor):
      "\(file): \(tensor) stands twice in the header; write the file again"
    case .unknownType(let file, let tensor, let type):
      "\(file): \(tensor) has type \(type); supported are \(Self.supportedTypes)"
    default:
      layoutDescription
    }
  }

  /// Messages about where tensors lie in the file.
  private var layoutDescription: String {
    switch self {
    case .wrongSize(let file, let tensor, let shape, let type, let byteCount):
      "\(file): \(tensor) \(shape) of \(type) does not fit its \(byteCount) bytes; "
        + "the file is damaged, copy it again"
    case .outOfBounds(let file, let tensor, let end, let dataSize):
      "\(file): \(tensor) ends at byte \(end) of \(dataSize); the file is cut, copy it again"
    case .overlap(let file, let tensor, let start, let previousEnd):
      "\(file): \(tensor) starts at byte \(start), inside a tensor that ends at \(previousEnd); "
        + "write the file again"
    case .gap(let file, let tensor, let start, let previousEnd):
      "\(file): \(tensor) starts at byte \(start), expected \(previousEnd); write the file again"
    case .trailingBytes(let file, let count):
      "\(file): \(count) bytes belong to no tensor; write the file again"
    case .missingTensor(let file, let tensor):
      "\(file): has no tensor \(tensor); is it the file you meant?"
    default:
      ""
    }
  }

  private static var supportedTypes: String {
    ScalarType.allCases.map(\.rawValue).joined(separator: " ")
  }
}
