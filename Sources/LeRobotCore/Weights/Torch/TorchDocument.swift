import OrderedCollections

/// A file of `torch.save` whose pickle has been read and whose tensors are yet to be: what it holds
/// is looked at through `TorchObject`, its tensors are read by `load`.
struct TorchDocument {
  let path: String
  let machine: PickleMachine
  let root: PickleValue
  private let loader: TensorLoader

  /// Opens a file of either format and reads its pickle; nothing is called, nothing larger than the
  /// file is allocated.
  init(_ path: String) throws(TorchFileError) {
    let file = try ZipArchive.wrap { () throws(FileError) in try RawFile(reading: path) }
    let start = try ZipArchive.wrap { () throws(FileError) in
      try file.read(UInt8.self, count: min(4, file.size()), at: 0)
    }
    self.path = path
    if start == [0x50, 0x4B, 0x03, 0x04] {
      (machine, root, loader) = try Self.readZip(file)
    } else if start == [0x80, 0x02, 0x8A, 0x0A] {
      // Protocol 2 and a ten-byte integer: the older format's magic number.
      (machine, root, loader) = try Self.readLegacy(file)
    } else {
      throw .unknownFormat(file: path)
    }
  }

  /// The object that was saved.
  var object: TorchObject { TorchObject(root, in: self) }

  /// Reads tensors; views of the same elements share them.
  func load(
    _ tensors: OrderedDictionary<String, TensorReference>
  ) throws(TorchFileError) -> NamedTensors {
    try check(tensors)
    var result: NamedTensors = [:]
    var loaded: [TensorReference: HostTensor] = [:]
    for (name, reference) in tensors {
      if loaded[reference] == nil { loaded[reference] = try load(reference) }
      result[name] = loaded[reference]
    }
    return result
  }

  /// Reads a tensor that was checked.
  func load(_ tensor: TensorReference) throws(TorchFileError) -> HostTensor {
    try loader.read(tensor)
  }

  /// Refuses tensors that reach beyond their storage, and more of them than the file can hold.
  func check(_ tensors: OrderedDictionary<String, TensorReference>) throws(TorchFileError) {
    for reference in tensors.values { try loader.check(reference) }
    try loader.checkSize(of: Set(tensors.values))
  }

  private static func readZip(
    _ file: RawFile
  ) throws(TorchFileError) -> (PickleMachine, PickleValue, TensorLoader) {
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
    var loader = TensorLoader(file: file)
    for key in machine.storages.keys {
      let name = "\(folder)data/\(key)"
      guard let record = archive.records[name] else {
        throw .damagedArchive(file: file.path, reason: "has no record \(name)")
      }
      try archive.verify(name)
      loader.places[key] = record.offset..<record.offset + record.size
    }
    return (machine, root, loader)
  }

  /// In the format before torch 1.6 pickles stand at the beginning; their part is far smaller.
  private static let pickleLimit = 64 << 20

  /// The format before torch 1.6: pickles of a magic number, a version, the machine, the object and
  /// the storages' keys, then each storage's count and elements.
  private static func readLegacy(
    _ file: RawFile
  ) throws(TorchFileError) -> (PickleMachine, PickleValue, TensorLoader) {
    let size = try ZipArchive.wrap { () throws(FileError) in try file.size() }
    let bytes = try ZipArchive.wrap { () throws(FileError) in
      try file.read(UInt8.self, count: min(size, pickleLimit), at: 0)
    }
    var machine = PickleMachine(bytes, file: file.path)
    for _ in 0..<3 { _ = try machine.run() }
    let root = try machine.run()
    guard case .list(let keys) = try machine.run() else {
      throw .damagedPickle(
        file: file.path, position: machine.position, reason: "expected the storages' keys")
    }
    var loader = TensorLoader(file: file)
    var position = machine.position
    for key in machine.lists[keys] {
      guard case .string(let name) = key, let type = machine.storages[name] else {
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
    return (machine, root, loader)
  }
}
