/// All ranks that train one policy together, seen from one of them.
///
/// A rank is a learner with its own share of the batches: a process, or in tests a thread. Every rank
/// calls the same methods in the same order; a method returns once all ranks have called it. A rank
/// that fails makes the others' calls throw, so that none waits for ever.
package protocol World: AnyObject {
  /// Which rank this is, counted from 0.
  var rank: Int { get }
  /// How many ranks there are.
  var size: Int { get }
  /// The mean of each number over all ranks.
  func mean(_ values: [Double]) throws -> [Double]
  /// The maximum of each number over all ranks.
  func maximum(_ values: [Double]) throws -> [Double]
  /// Returns once every rank has arrived here.
  func barrier() throws
  /// Replaces each gradient by its mean over all ranks: ḡ = Σᵣ gᵣ/N.
  func average(_ gradients: any GradientVectors) throws
}

extension World {
  /// Whether this rank writes logs, checkpoints and evaluations, for all.
  package var isMain: Bool { rank == 0 }

  /// For each flag, whether it is set on any rank.
  package func any(_ flags: [Bool]) throws -> [Bool] {
    try maximum(flags.map { $0 ? 1 : 0 }).map { $0 > 0 }
  }

  /// Whether the flag is set on any rank.
  package func any(_ flag: Bool) throws -> Bool { try any([flag])[0] }
}

/// What a rank says is not finite when its own tensors all are.
package let otherRank = "a tensor of another rank"

/// A learner's gradients as ranks exchange them: vectors, in an order and of lengths that all ranks
/// share.
package protocol GradientVectors: AnyObject {
  /// A copy of every gradient.
  func values() throws -> [[Double]]
  /// Replaces every gradient.
  func replace(with values: [[Double]]) throws
}

/// The world of a single process.
package final class SoloWorld: World {
  package let rank = 0
  package let size = 1

  package init() {}

  package func mean(_ values: [Double]) -> [Double] { values }
  package func maximum(_ values: [Double]) -> [Double] { values }
  package func barrier() {}
  package func average(_ gradients: any GradientVectors) {}
}
