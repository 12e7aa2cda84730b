import LeRobotCore

/// The tensors of one golden case of a policy.
package struct GoldenTensors: Sendable {
  private let name: String
  private let stored: NamedTensors

  /// Reads `Fixtures/policies/NAME.safetensors`.
  package init(_ name: String) throws {
    let file = RepositoryFiles.fixtures.appending(path: "policies/\(name).safetensors")
    self.name = name
    stored = try SafetensorsFile(path: file.path).tensors()
  }

  /// A stored tensor.
  package func tensor(_ key: String) throws -> HostTensor {
    guard let tensor = stored[key] else { throw MissingGolden(name: name, key: key) }
    return tensor
  }

  /// Stored tensors below a folder, by the rest of their name.
  package func tensors(under folder: String) -> NamedTensors {
    var found: NamedTensors = [:]
    for (key, tensor) in stored where key.hasPrefix(folder + "/") {
      found[String(key.dropFirst(folder.count + 1))] = tensor
    }
    return found
  }

  /// What was drawn, in call order.
  package var draws: [HostTensor] {
    tensors(under: "draws").sorted { $0.key < $1.key }.map(\.value)
  }
}

/// A golden that lacks a tensor.
package struct MissingGolden: Error {
  package let name: String
  package let key: String

  package init(name: String, key: String) {
    self.name = name
    self.key = key
  }
}

/// Holds found tensors against stored ones of the same names, which may be digests.
///
/// - Returns: a message for each difference, by name.
package func mismatches(
  _ expected: NamedTensors, _ found: NamedTensors, relative: Double, absolute: Double = 0
) -> [String: String] {
  var messages: [String: String] = [:]
  for name in Set(expected.keys).symmetricDifference(found.keys) {
    messages[name] = expected[name] == nil ? "is not expected" : "is missing"
  }
  for (name, tensor) in found {
    guard let golden = expected[name] else { continue }
    let isDigest = golden.shape == [16] && tensor.shape != [16]
    let compared = isDigest ? digest(tensor) : tensor
    messages[name] = mismatch(golden, compared, relative: relative, absolute: absolute)
  }
  return messages
}
