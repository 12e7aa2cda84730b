/// Why weights cannot be read or written.
package enum WeightError: Error, Equatable {
  case file(FileError)
  case safetensors(SafetensorsError)
  case torchFile(TorchFileError)
  /// The index of sharded weights is no such index.
  case badIndex(file: String, reason: String)
  case missing(String, source: String)
  /// A parameter changed after a snapshot was taken and before it was copied.
  case changedDuringSave(String)
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
    }
  }
}
