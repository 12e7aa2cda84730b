import Dispatch
import Synchronization

/// A checkpoint that is on the disk.
package struct WrittenCheckpoint: Sendable, Equatable {
  package var step: Int
  package var path: String
  /// Why an older checkpoint that was to go is still there; nil in the usual case.
  package var leftover: CheckpointError?

  package init(step: Int, path: String, leftover: CheckpointError? = nil) {
    self.step = step
    self.path = path
    self.leftover = leftover
  }
}

/// Puts a run's checkpoints on the disk beside its training, one at a time.
///
/// A failure is kept until it is asked for, and nothing is written after one.
package final class CheckpointSaver: Sendable {
  private struct Progress {
    var written: [WrittenCheckpoint] = []
    var failure: (any Error)?
    var last: String?
    var selectionFailure: CheckpointError?
  }

  private let writer: CheckpointWriter
  private let keptCount: Int?
  private let progress = Mutex(Progress())
  private let queue = DispatchQueue(label: "checkpoints")
  private let underWay = DispatchGroup()

  /// - Parameter keptCount: how many checkpoints stay; nil keeps all.
  package init(_ writer: CheckpointWriter, keeping keptCount: Int? = nil) {
    self.writer = writer
    self.keptCount = keptCount
  }

  /// Begins to write a checkpoint, once the one before is on the disk.
  ///
  /// - Parameter contents: called on the saver's own thread.
  /// - Throws: what went wrong with the one before.
  package func begin(
    _ contents: @escaping @Sendable () throws -> CheckpointContents
  ) throws {
    underWay.wait()
    if let failure = progress.withLock({ $0.failure }) { throw failure }
    queue.async(group: underWay) { [self] in
      do {
        let written = try write(contents())
        progress.withLock {
          $0.written.append(written)
          $0.last = written.path
        }
      } catch {
        progress.withLock { $0.failure = error }
      }
    }
  }

  private func write(_ contents: CheckpointContents) throws(CheckpointError) -> WrittenCheckpoint {
    let path = try writer.write(contents)
    var written = WrittenCheckpoint(step: contents.step, path: path)
    guard let keptCount else { return written }
    do throws(CheckpointError) {
      try writer.removeOld(
        keeping: keptCount, upTo: contents.step, sparing: contents.bestSteps)
    } catch {
      written.leftover = error
    }
    return written
  }

  /// Points `best` at a step's checkpoint and removes others, once all that was begun is on the disk.
  package func select(best step: Int?, removing steps: [Int]) {
    queue.async(group: underWay) { [self] in
      do throws(CheckpointError) {
        try writer.select(best: step, removing: steps)
      } catch {
        progress.withLock { $0.selectionFailure = error }
      }
    }
  }

  /// Why the best checkpoint could not be pointed at, or another not be removed; told once.
  package func takeSelectionFailure() -> CheckpointError? {
    progress.withLock { progress in
      defer { progress.selectionFailure = nil }
      return progress.selectionFailure
    }
  }

  /// The checkpoints that were finished since this was asked last.
  ///
  /// - Parameter waiting: first waits until nothing is being written.
  /// - Throws: what went wrong, `CheckpointError.notWritten` where the disk is full.
  package func finishedCheckpoints(waiting: Bool) throws -> [WrittenCheckpoint] {
    if waiting { underWay.wait() }
    return try progress.withLock { progress throws in
      if let failure = progress.failure { throw failure }
      defer { progress.written = [] }
      return progress.written
    }
  }

  /// Waits until nothing is being written, well or badly.
  package func wait() { underWay.wait() }

  /// The newest checkpoint of this saver that is whole.
  package var last: String? { progress.withLock { $0.last } }
}
