import LeRobotCore
import LeRobotEnvs

/// The policy of `Scripts/evaluate_scripted`, which keeps digests of what it sees.
package final class ScriptedActor: EvaluatedPolicy {
  /// What it was shown at each call, by name: the shape and the SHA-256 of the bytes; and the sentences.
  package private(set) var seen: [[String: JSONValue]] = []
  private let width: Int
  private var call = 0

  /// - Parameter width: numbers of an action.
  package init(width: Int) { self.width = width }

  package func reset() { call = 0 }

  package func act(_ observations: Batch) -> HostTensor {
    seen.append(digest(observations))
    defer { call += 1 }
    let count = observations.tasks.count
    var numbers: [Float] = []
    for row in 0..<count {
      for place in 0..<width {
        let step = (7 * call + 3 * place + 5 * row) % 11
        numbers.append(Float(Double(step - 5) / 5))
      }
    }
    return HostTensor(numbers, shape: [count, width])
  }

  private func digest(_ batch: Batch) -> [String: JSONValue] {
    var digest: [String: JSONValue] = ["task": .array(batch.tasks.map { .string($0) })]
    for (name, tensor) in batch.tensors {
      let hash = tensor.buffer.withUnsafeBytes { sha256($0) }
      digest[name] = .string("\(tensor.shape) \(hash)")
    }
    return digest
  }
}
