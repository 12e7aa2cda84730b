import OrderedCollections

/// A file of `torch.save`: a dictionary of tensors, read without Python (torch
/// `torch/serialization.py`, both the zip format of torch 1.6 on and the one before).
package enum TorchFile {
  /// Reads a state dictionary's tensors in their order. Types a `HostTensor` lacks are widened.
  ///
  /// A checkpoint that holds one under `state_dict` or `model` is opened there.
  package static func read(_ path: String) throws(TorchFileError) -> NamedTensors {
    let file = try ZipArchive.wrap { () throws(FileError) in try RawFile(reading: path) }
    let start = try ZipArchive.wrap { () throws(FileError) in
      try file.read(UInt8.self, count: min(4, file.size()), at: 0)
    }
    if start == [0x50, 0x4B, 0x03, 0x04] { return try readZip(file) }
    // Protocol 2 and a ten-byte integer: the older format's magic number.
    if start == [0x80, 0x02, 0x8A, 0x0A] { return try LegacyTorchFile.read(file) }
    throw .unknownFormat(file: path)
  }

  private static func readZip(_ file: RawFile) throws(TorchFileError) -> NamedTensors {
    let archive = try ZipArchive(file)
    guard let main = archive.records.keys.first(where: { $0.hasSuffix("/data.pkl") }) else {
      throw .damagedArchive(file: file.path, reason: "has no data.pkl")
    }
    let folder = main.dropLast("data.pkl".count)
    if archive.records[folder + "byteorder"] != nil,
      try archive.read(folder + "byteorder") != Array("little".utf8)
    {
      throw .damagedArchive(file: file.path, reason: "was written on a big-endian machine")
    }
    try archive.verify(main)
    var machine = PickleMachine(try archive.read(main), file: file.path)
    let root = try machine.run()
    let tensors = try stateDictionary(root, in: machine, file: file.path)
    var loader = TensorLoader(file: file)
    for reference in tensors.values { try loader.check(reference) }
    for key in OrderedSet(tensors.values.map(\.storage.key)) {
      let name = "\(folder)data/\(key)"
      guard let record = archive.records[name] else {
        throw .damagedArchive(file: file.path, reason: "has no record \(name)")
      }
      try archive.verify(name)
      loader.places[key] = record.offset..<record.offset + record.size
    }
    return try loader.load(tensors)
  }

  /// The tensors of a dictionary, or of the one it holds.
  static func stateDictionary(
    _ root: PickleValue, in machine: PickleMachine, file: String
  ) throws(TorchFileError) -> OrderedDictionary<String, TensorReference> {
    guard case .dictionary(var index) = root else { throw .noStateDictionary(file: file) }
    let entries = machine.dictionaries[index]
    for case (.string("state_dict"), .dictionary(let inner)) in entries { index = inner }
    for case (.string("model"), .dictionary(let inner)) in entries { index = inner }
    var tensors: OrderedDictionary<String, TensorReference> = [:]
    for case (.string(let name), .tensor(let tensor)) in machine.dictionaries[index] {
      tensors[name] = tensor
    }
    guard !tensors.isEmpty else { throw .noStateDictionary(file: file) }
    return tensors
  }
}

/// The format before torch 1.6: pickles of a magic number, a version, the machine, the object and
/// the storages' keys, then each storage's count and elements.
private enum LegacyTorchFile {
  /// Pickles stand at the beginning; their part is far smaller than this.
  static let pickleLimit = 64 << 20

  static func read(_ file: RawFile) throws(TorchFileError) -> NamedTensors {
    let size = try ZipArchive.wrap { () throws(FileError) in try file.size() }
    let bytes = try ZipArchive.wrap { () throws(FileError) in
      try file.read(UInt8.self, count: min(size, pickleLimit), at: 0)
    }
    var machine = PickleMachine(bytes, file: file.path)
    for _ in 0..<3 { _ = try machine.run() }
    let root = try machine.run()
    let tensors = try TorchFile.stateDictionary(root, in: machine, file: file.path)
    guard case .list(let keys) = try machine.run() else {
      throw .damagedPickle(
        file: file.path, position: machine.position, reason: "expected the storages' keys")
    }
    var loader = TensorLoader(file: file)
    for reference in tensors.values { try loader.check(reference) }
    let types = Dictionary(
      tensors.values.map { ($0.storage.key, $0.storage.type) }, uniquingKeysWith: { $1 })
    var position = machine.position
    for key in machine.lists[keys] {
      guard case .string(let name) = key, let type = types[name] else {
        throw .badTensor(file: file.path, reason: "a storage that no tensor uses")
      }
      guard position <= size - 8 else {
        throw .badTensor(file: file.path, reason: "storage \(name) is cut")
      }
      let offset = position
      let count = try ZipArchive.wrap { () throws(FileError) in
        try file.read(Int64.self, count: 1, at: offset)[0]
      }
      guard count >= 0, count <= (size - position - 8) / type.size else {
        throw .badTensor(file: file.path, reason: "storage \(name) is cut")
      }
      loader.places[name] = position + 8..<position + 8 + Int(count) * type.size
      position += 8 + Int(count) * type.size
    }
    return try loader.load(tensors)
  }
}
