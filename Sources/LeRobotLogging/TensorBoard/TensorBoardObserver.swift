import Foundation
import LeRobotCore

/// Writes a run's event file for TensorBoard: its numbers, its configuration and its pictures.
///
/// What cannot be written, as on a full disk, is kept and written before the next event, so that
/// nothing is missing once there is room.
package final class TensorBoardObserver: EventConsumer {
  package let name = "tensorboard"
  /// The run until its file is begun.
  private var history: RunHistory
  private let events: TensorBoardEvents
  private let firstBatch: @Sendable () -> [FirstBatchPicture]
  private let picture: @Sendable (String) -> JPEGPicture?
  private var hasFirstBatch = false
  /// Nil until training begins, and after that until the file could be written.
  private var file: EventFileWriter?
  /// What is yet to be written.
  private var waiting: [ProtobufMessage] = []
  /// The last step that is written or waits.
  private var step: Int

  /// - Parameters:
  ///   - history: the run with this process as its last one, and with the lines of metrics that are
  ///     kept, which are none for a new run.
  ///   - firstBatch: the pictures of this process's first batch, and none before they are made.
  ///   - picture: a JPEG picture of a video, by its path; nil for one that cannot be shown.
  package init(
    _ history: RunHistory, firstBatch: @escaping @Sendable () -> [FirstBatchPicture] = { [] },
    picture: @escaping @Sendable (String) -> JPEGPicture? = { _ in nil }
  ) {
    self.history = history
    // They are of an earlier process.
    self.history.firstBatch = []
    step = history.step
    events = TensorBoardEvents(history, picture: picture)
    (self.firstBatch, self.picture) = (firstBatch, picture)
  }

  package func consume(_ event: RunEvent) throws {
    let hasPictures = addFirstBatch()
    switch event {
    case .began: break
    case .interval(let metrics): add(MetricsRecord(training: metrics))
    case .evaluated(let summary, let metrics):
      add(MetricsRecord(evaluation: metrics, summary, folder: history.folder))
    case .validated(_, let metrics): add(MetricsRecord(validation: metrics))
    case .ended(let ending):
      let time = Date().timeIntervalSince1970
      if let event = events.event(ending, step: step, time: time) { waiting.append(event) }
    case .configured, .preparing, .prepared, .stepped, .saving, .savingBegun, .saved, .evaluating,
      .progress, .transferring, .validating, .evaluationFailed, .logged:
      if !hasPictures { return }
    }
    try write()
  }

  private func add(_ record: MetricsRecord) {
    step = record.step
    waiting.append(events.event(record))
  }

  /// - Returns: whether the pictures of the first batch are new.
  private func addFirstBatch() -> Bool {
    guard !hasFirstBatch, let event = events.event(firstBatch()) else { return false }
    hasFirstBatch = true
    waiting.append(event)
    return true
  }

  private func write() throws(FileError) {
    let file = try openedFile()
    while let event = waiting.first {
      try file.append(event)
      waiting.removeFirst()
    }
  }

  private func openedFile() throws(FileError) -> EventFileWriter {
    if let file { return file }
    let opened = try TensorBoardFiles.rebuild(from: history, picture: picture)
    file = opened
    history.records = []
    return opened
  }
}
