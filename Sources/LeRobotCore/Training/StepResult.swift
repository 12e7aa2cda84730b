import OrderedCollections

/// A loss and the named parts that the policy's forward pass reports (`l1_loss`, `kld_loss`).
package struct LossRecord: Sendable, Equatable {
  package var total: Double
  /// In the policy's order.
  package var parts: OrderedDictionary<String, Double>

  package init(total: Double, parts: OrderedDictionary<String, Double> = [:]) {
    self.total = total
    self.parts = parts
  }

  /// `weight` times the loss and its parts.
  package func scaled(by weight: Double) -> LossRecord {
    LossRecord(total: weight * total, parts: parts.mapValues { weight * $0 })
  }

  /// Adds another batch's loss, part by part.
  package mutating func add(_ other: LossRecord) {
    total += other.total
    for (name, value) in other.parts { parts[name, default: 0] += value }
  }
}

/// What one optimizer step reports.
package struct StepResult: Sendable, Equatable {
  /// The weighted sum over the batches of the step, on this rank.
  package var loss: Double
  /// The norm of all gradients before clipping, averaged over the ranks first.
  package var gradientNorm: Double
  /// How long the step waited for a snapshot to be copied.
  package var snapshotSeconds = 0.0
  /// Named parts of the loss, in the policy's order (`l1_loss`, `kld_loss`).
  package var parts: OrderedDictionary<String, Double>
  /// What of its pictures the policy looked at in the last batch: one part for all cameras, or one for
  /// each. Empty where it looks at all of them.
  package var crops: [PictureCrop] = []

  package init(
    loss: Double, gradientNorm: Double, parts: OrderedDictionary<String, Double> = [:]
  ) {
    self.loss = loss
    self.gradientNorm = gradientNorm
    self.parts = parts
  }

  package init(_ loss: LossRecord, gradientNorm: Double) {
    self.init(loss: loss.total, gradientNorm: gradientNorm, parts: loss.parts)
  }
}
