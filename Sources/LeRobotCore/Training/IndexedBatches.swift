/// Batches of a dataset whose frames are numbered: pass after pass, each in a new order.
///
/// LeRobot `datasets/utils.py`, `cycle`: a pass is drawn when its first batch is asked for, so
/// after the optimizer step on the last batch of the pass before. All ranks draw the same pass from
/// generators that were seeded alike, and each takes its share.
package final class IndexedBatches: BatchSource {
  private let sampler: any Sampler
  private let loader: any BatchLoader
  private let generator: any GlobalGenerator
  private let setting: IndexedPosition.Setting
  private let rank: Int
  /// Batches from the first on whose pictures nobody looks at, and batches handed out.
  private let unseenCount: Int
  private var handedOut = 0
  /// The global generator as it was before the present pass; nil before the first one.
  private var passGenerator: TorchGenerator?

  /// - Parameters:
  ///   - dataset: what the sampler's indices are of, for the position.
  ///   - batchSize: samples of a rank's batch.
  ///   - generator: the engine's global one, from which a pass is drawn.
  ///   - unseenCount: batches from the first on whose pictures nobody looks at. They come without, but
  ///     for the first one, which a run keeps an image of.
  package init(
    _ dataset: DatasetSummary, sampler: any Sampler, loader: any BatchLoader, batchSize: Int,
    generator: any GlobalGenerator, world: any World = SoloWorld(), unseenCount: Int = 0
  ) {
    self.sampler = sampler
    self.unseenCount = unseenCount
    self.loader = loader
    self.generator = generator
    rank = world.rank
    setting = IndexedPosition.Setting(
      dataset: dataset, passLength: sampler.count, batchSize: batchSize,
      workerCount: loader.workerCount, drawsTransforms: loader.drawsTransforms,
      rankCount: world.size)
  }

  /// The next batch, from a new pass where the present one is at its end.
  package func next() throws -> Batch {
    defer { handedOut += 1 }
    if passGenerator != nil, let batch = try loader.next(generator) { return batch }
    let plan = try generator.draw { generator in
      passGenerator = generator
      return drawPass(&generator)
    }
    try loader.begin(hidingPictures(of: plan, from: 0))
    guard let batch = try loader.next(generator) else { throw TrainingError.emptyDataset }
    return batch
  }

  /// A pass whose batch `first` is handed out next.
  private func hidingPictures(of plan: EpochPlan, from first: Int) -> EpochPlan {
    var plan = plan
    let begin = first + max(1 - handedOut, 0)
    plan.unseen = begin..<max(begin, first + unseenCount - handedOut)
    return plan
  }

  package var position: SourcePosition? {
    passGenerator.map {
      IndexedPosition(passGenerator: $0, loader: loader.position).saved(in: setting)
    }
  }

  /// Continues in the middle of a pass. The pass is drawn again from its own generator; the global
  /// one is left as it is.
  package func resume(at saved: SourcePosition) throws -> [ResumeProblem] {
    let position: IndexedPosition
    let problems: [ResumeProblem]
    do throws(ResumeProblem) {
      (position, problems) = try IndexedPosition.read(saved, in: setting)
    } catch {
      return [error]
    }
    var generator = position.passGenerator
    let plan = drawPass(&generator)
    // A pass may have been over when the position was saved, not more than over.
    guard position.loader.taken <= plan.batchCount else { return [.damaged(field: "taken")] }
    try loader.begin(
      hidingPictures(of: plan, from: position.loader.taken), at: position.loader)
    passGenerator = position.passGenerator
    return problems + lacking(position.loader, in: plan, problems)
  }

  /// Without workers, the batch fetched ahead has drawn already: in the middle of a pass its
  /// generator must be there.
  private func lacking(
    _ position: LoaderPosition, in plan: EpochPlan, _ known: [ResumeProblem]
  ) -> [ResumeProblem] {
    let isLacking =
      setting.drawsTransforms && setting.workerCount == 0 && position.generators.isEmpty
      && position.taken < plan.batchCount
    return isLacking && known.isEmpty ? [.noTransformGenerators] : []
  }

  private func drawPass(_ generator: inout TorchGenerator) -> EpochPlan {
    sampler.plan(batchSize: setting.batchSize, generator: &generator)
      .share(of: rank, among: setting.rankCount)
  }

  package func stop() { loader.stop() }
}
