import Fast
import LeRobotCore
import OrderedCollections

/// A policy of nothing but weight: residual blocks x ← x + (x ∘ g)·W, with W in bfloat16 and the gain g
/// in float32. Every other block is frozen, so that gradients pass through frozen ones.
final class LargePolicy: Policy {
  /// The square weight of each block, [D, D].
  static func weightName(_ block: Int) -> String { "blocks.\(block).weight" }
  static func gainName(_ block: Int) -> String { "blocks.\(block).gain" }

  private let blocks: [(weight: Parameter, gain: Parameter)]
  let width: Int
  let batchKeys = ["observation.state"]

  /// A policy of the weights that a source has, all zero.
  init(_ entries: OrderedDictionary<String, WeightEntry>) throws {
    var blocks: [(Parameter, Parameter)] = []
    while let weight = entries[Self.weightName(blocks.count)],
      let gain = entries[Self.gainName(blocks.count)]
    {
      blocks.append(
        (
          Parameter(
            .zeros(weight.shape, dataType: DataType(weight.type)),
            precision: DataType(weight.type)),
          Parameter(
            .zeros(gain.shape, dataType: DataType(gain.type)), precision: DataType(gain.type))
        ))
    }
    guard let first = blocks.first else { throw Complaint(text: "these are no large weights") }
    self.blocks = blocks
    width = first.1.value.shape[0]
    for (index, block) in blocks.enumerated() where !index.isMultiple(of: 2) {
      block.0.role = .frozen
      block.1.role = .frozen
    }
  }

  var parameters: NamedParameters {
    var all: NamedParameters = [:]
    for (index, block) in blocks.enumerated() {
      all[Self.weightName(index)] = block.weight
      all[Self.gainName(index)] = block.gain
    }
    return all
  }

  var parameterGroups: [ParameterGroup<Parameter>] { singleGroup }

  func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let loss = output(batch).squared().mean()
    return PolicyLoss(total: loss, parts: [:])
  }

  func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    output(observation)
  }

  func predictActionChunk(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    output(observation)
  }

  func reset() {}

  /// [B, D].
  private func output(_ batch: [String: Tensor]) -> Tensor {
    var x = batch["observation.state"] ?? .zeros([1, width], dataType: .bfloat16)
    for block in blocks {
      x = x + matmul(x * block.gain.value.to(.bfloat16), block.weight.value)
    }
    return x
  }
}
