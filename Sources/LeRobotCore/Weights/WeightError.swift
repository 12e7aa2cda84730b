/// Why weights cannot be read or written.
package enum WeightError: Error, Equatable {
  case file(FileError)
  case safetensors(SafetensorsError)
  case torchFile(TorchFileError)
  /// The index of sharded weights is no such index.
  case badIndex(file: String, reason: String)
  case missing(String, source: String)
  /// A tensor changed after a snapshot was taken and before it was copied.
  case changedDuringSave(String)
  /// A tensor of a snapshot was not copied.
  case failedCopy(String)
  /// A tensor of a snapshot was read after its memory was let go of.
  case releasedTensor
}

extension WeightError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file(let error): error.description
    case .safetensors(let error): error.description
    case .torchFile(let error): error.description
    case .badIndex(let file, let reason):
      "\(file): \(reason); the file is damaged, copy it again"
    case .missing(let name, let source):
      "\(source): has no tensor \(name); is it the file you meant?"
    case .changedDuringSave(let name):
      "\(name) changed while its checkpoint was being written; this is a bug, please report it"
    case .failedCopy(let reason):
      "a tensor could not be copied for a checkpoint: \(reason); save less often"
    case .releasedTensor:
      "a tensor was read after it was let go of; this is a bug, please report it"
    }
  }
}
