/// Why a file of `torch.save` cannot be read.
package enum TorchFileError: Error, Equatable {
  case file(FileError)
  /// The file is neither a zip archive nor torch's older format.
  case unknownFormat(file: String)
  case damagedArchive(file: String, reason: String)
  /// A record whose bytes are not those that were written.
  case wrongChecksum(file: String, record: String)
  case damagedPickle(file: String, position: Int, reason: String)
  /// The pickle asks for a function or class that tensors do not need; nothing was called.
  case refusedGlobal(file: String, name: String)
  /// A tensor that reaches beyond its storage, or a storage beyond its record.
  case badTensor(file: String, reason: String)
  /// More objects or deeper nesting than any checkpoint has, or more data than the file.
  case tooMuch(file: String, what: String)
  /// The file holds no dictionary of tensors.
  case noStateDictionary(file: String)
}

extension TorchFileError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .file(let error): error.description
    case .unknownFormat(let file):
      "\(file): neither a torch.save file nor safetensors; give a .pth or .safetensors file"
    case .damagedArchive(let file, let reason):
      "\(file): damaged zip archive: \(reason); download it again"
    case .wrongChecksum(let file, let record):
      "\(file): record \(record) has another checksum than was written; download it again"
    case .damagedPickle(let file, let position, let reason):
      "\(file): pickle byte \(position): \(reason); download it again"
    case .refusedGlobal(let file, let name):
      "\(file): refers to \(name), which weights do not need; not loaded. Save a plain state_dict"
    case .badTensor(let file, let reason): "\(file): \(reason); download it again"
    case .tooMuch(let file, let what): "\(file): \(what); not loaded. Save a plain state_dict"
    case .noStateDictionary(let file):
      "\(file): holds no dictionary of tensors; save module.state_dict()"
    }
  }
}
