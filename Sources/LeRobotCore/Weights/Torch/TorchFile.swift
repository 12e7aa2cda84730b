import OrderedCollections

/// A file of `torch.save`: a dictionary of tensors, read without Python (torch
/// `torch/serialization.py`, both the zip format of torch 1.6 on and the one before).
package struct TorchFile: WeightSource {
  private let document: TorchDocument
  private let tensors: OrderedDictionary<String, TensorReference>

  /// Opens a file and checks its tensors; a dictionary under `state_dict` or `model` counts as the
  /// file's own.
  package init(path: String) throws(TorchFileError) {
    document = try TorchDocument(path)
    tensors = try Self.stateDictionary(document)
    try document.check(tensors)
  }

  package var entries: OrderedDictionary<String, WeightEntry> {
    tensors.mapValues { WeightEntry($0.storage.type, shape: $0.shape) }
  }

  package func tensor(_ name: String) throws(WeightError) -> HostTensor {
    guard let reference = tensors[name] else { throw .missing(name, source: document.path) }
    do throws(TorchFileError) {
      return try document.load(reference)
    } catch {
      throw .torchFile(error)
    }
  }

  /// Reads a state dictionary's tensors in their order.
  package static func read(_ path: String) throws(TorchFileError) -> NamedTensors {
    let file = try TorchFile(path: path)
    return try file.document.load(file.tensors)
  }

  /// The tensors of a dictionary, or of the one it holds.
  private static func stateDictionary(
    _ document: TorchDocument
  ) throws(TorchFileError) -> OrderedDictionary<String, TensorReference> {
    let dictionaries = document.machine.dictionaries
    guard case .dictionary(var index) = document.root else {
      throw .noStateDictionary(file: document.path)
    }
    let entries = dictionaries[index]
    for case (.string("state_dict"), .dictionary(let inner)) in entries { index = inner }
    for case (.string("model"), .dictionary(let inner)) in entries { index = inner }
    var tensors: OrderedDictionary<String, TensorReference> = [:]
    for case (.string(let name), .tensor(let tensor)) in dictionaries[index] {
      tensors[name] = tensor
    }
    guard !tensors.isEmpty else { throw .noStateDictionary(file: document.path) }
    return tensors
  }
}
