import OrderedCollections

/// Weights in safetensors files: one file, or shards with an index
/// (huggingface.co/docs/safetensors, `model.safetensors.index.json`).
package struct SafetensorsWeights: WeightSource {
  package let entries: OrderedDictionary<String, WeightEntry>
  private let files: [SafetensorsFile]
  /// Which of `files` holds each tensor.
  private let places: [String: Int]

  /// Opens one file.
  package init(file: SafetensorsFile) {
    files = [file]
    entries = file.entries
    places = file.entries.mapValues { _ in 0 }.reduce(into: [:]) { $0[$1.key] = $1.value }
  }

  /// Opens the shards that an index names; they lie beside it.
  ///
  /// Tensors come in the order of the index, after them those that it leaves out.
  package init(index path: String) throws(WeightError) {
    let index = try ShardIndex(path)
    let folder = FileSystem.parent(of: path) ?? "."
    var (files, places): ([SafetensorsFile], [String: Int]) = ([], [:])
    for (number, name) in index.files.enumerated() {
      let file = try Self.open("\(folder)/\(name)")
      for tensor in file.names where index.places[tensor] ?? name == name {
        places[tensor] = places[tensor] ?? number
      }
      files.append(file)
    }
    var entries: OrderedDictionary<String, WeightEntry> = [:]
    for (tensor, name) in index.places {
      guard let place = places[tensor], let entry = files[place].entries[tensor] else {
        throw .missing(tensor, source: "\(folder)/\(name)")
      }
      entries[tensor] = entry
    }
    for file in files {
      for (tensor, entry) in file.entries where entries[tensor] == nil { entries[tensor] = entry }
    }
    (self.files, self.places, self.entries) = (files, places, entries)
  }

  /// Opens the weights of a folder: a file of that name, or else the shards of its index.
  ///
  /// - Parameter name: `model.safetensors`.
  package init(folder: String, name: String) throws(WeightError) {
    let path = "\(folder)/\(name)"
    let index = path + ShardIndex.suffix
    if !FileSystem.exists(path), FileSystem.exists(index) {
      try self.init(index: index)
    } else {
      self.init(file: try Self.open(path))
    }
  }

  package func tensor(_ name: String) throws(WeightError) -> HostTensor {
    guard let place = places[name] else {
      throw .missing(name, source: files.first?.path ?? "the weights")
    }
    do throws(SafetensorsError) {
      return try files[place].tensor(name)
    } catch {
      throw .safetensors(error)
    }
  }

  private static func open(_ path: String) throws(WeightError) -> SafetensorsFile {
    do throws(SafetensorsError) {
      return try SafetensorsFile(path: path)
    } catch {
      throw .safetensors(error)
    }
  }
}

/// `model.safetensors.index.json`: which file holds which tensor.
struct ShardIndex {
  /// What stands behind the name of the file that was sharded.
  static let suffix = ".index.json"

  /// The file of each tensor, in the order of the index.
  var places: OrderedDictionary<String, String> = [:]

  /// The files, in the order of their names.
  var files: [String] { Set(places.values).sorted() }

  init(places: OrderedDictionary<String, String>) { self.places = places }

  init(_ path: String) throws(WeightError) {
    let text: String
    do throws(FileError) { text = try TextFile.read(path) } catch { throw .file(error) }
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue(parsing: text)
    } catch {
      throw .badIndex(file: path, reason: error.description)
    }
    guard let map = document["weight_map"]?.objectValue else {
      throw .badIndex(file: path, reason: "has no weight_map")
    }
    for (tensor, file) in map {
      guard let name = file.stringValue, !name.isEmpty, !name.contains("/"), name != "..",
        name != "."
      else { throw .badIndex(file: path, reason: "weight_map.\(tensor) names no file beside it") }
      places[tensor] = name
    }
    guard !places.isEmpty else { throw .badIndex(file: path, reason: "weight_map is empty") }
  }

  /// The file's text, as `huggingface_hub` writes it.
  ///
  /// - Parameter byteCount: of all tensors.
  func text(byteCount: Int) -> String {
    let map = places.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
    let document: JSONValue = [
      "metadata": ["total_size": .int(byteCount)],
      "weight_map": .object(OrderedDictionary(uniqueKeysWithValues: map)),
    ]
    return document.pythonText(indent: 2) + "\n"
  }
}
