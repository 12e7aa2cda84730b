import OrderedCollections

/// A file of `torch.save`: a dictionary of tensors, read without Python (torch
/// `torch/serialization.py`, both the zip format of torch 1.6 on and the one before).
package enum TorchFile {
  /// Reads a state dictionary's tensors in their order.
  ///
  /// A checkpoint that holds one under `state_dict` or `model` is opened there.
  package static func read(_ path: String) throws(TorchFileError) -> NamedTensors {
    let document = try TorchDocument(path)
    return try document.load(try stateDictionary(document))
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
