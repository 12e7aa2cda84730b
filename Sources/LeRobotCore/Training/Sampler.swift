/// Decides in which order a pass goes through a dataset.
package protocol Sampler: Sendable {
  /// Frames in a pass.
  var count: Int { get }
  /// The dataset indices of one pass, drawn from torch's global generator.
  func order(_ generator: inout TorchGenerator) -> [UInt32]
}

extension Sampler {
  /// Draws a pass as torch's DataLoader does, the last, smaller batch kept: first the base seed
  /// of its workers, with any number of them, then the order
  /// (torch `utils/data/dataloader.py`, `_BaseDataLoaderIter.__init__`).
  package func plan(batchSize: Int, generator: inout TorchGenerator) -> EpochPlan {
    let baseSeed = generator.nextInt64()
    return EpochPlan(order: order(&generator), batchSize: batchSize, baseSeed: baseSeed)
  }
}

/// Every frame once, in an order drawn from a private generator
/// (torch `utils/data/sampler.py`, `RandomSampler`: what `shuffle=True` means).
package struct RandomSampler: Sampler {
  /// Frames in the dataset.
  package let count: Int

  package init(frameCount: Int) {
    count = frameCount
  }

  /// `torch.randperm` of a generator seeded with a draw from the global one.
  package func order(_ generator: inout TorchGenerator) -> [UInt32] {
    var own = TorchGenerator(seed: UInt64(generator.nextInt64()))
    return own.permutation(count, of: UInt32.self)
  }
}

/// Every frame but the first and last few of each episode, in an order drawn from the global
/// generator (LeRobot `datasets/sampler.py`, `EpisodeAwareSampler`).
///
/// Policies that predict a chunk of actions from its first frame leave out the frames whose chunk
/// would be mostly padding (`drop_n_last_frames`).
package struct EpisodeAwareSampler: Sampler {
  /// Of each episode the dataset indices that may be drawn, in order, those without any left out.
  private let ranges: [Range<Int>]

  /// Dataset indices that may be drawn, in order.
  package var frames: [Int] { Array(ranges.joined()) }
  package let count: Int

  /// - Parameter episodes: dataset indices of each episode in use. An episode shorter than what
  ///   is dropped gives none.
  package init(episodes: [Range<Int>], droppingFirst: Int = 0, droppingLast: Int = 0) {
    ranges = episodes.compactMap { episode in
      let start = episode.lowerBound + droppingFirst
      let end = episode.upperBound - droppingLast
      return start < end ? start..<end : nil
    }
    count = ranges.reduce(0) { $0 + $1.count }
  }

  /// `torch.randperm` of the global generator.
  package func order(_ generator: inout TorchGenerator) -> [UInt32] {
    var frames: [UInt32] = []
    frames.reserveCapacity(count)
    for range in ranges { frames += range.lazy.map { UInt32($0) } }
    return generator.permutation(count, of: UInt32.self).map { frames[Int($0)] }
  }
}
