import Foundation
import LeRobotCore

/// A run as the events of an event file.
struct TensorBoardEvents {
  private let folder: String
  private let description: RunDescription?
  private let picture: @Sendable (String) -> JPEGPicture?

  /// - Parameter picture: a picture of a video, by its path; nil for one that cannot be shown.
  init(_ history: RunHistory, picture: @escaping @Sendable (String) -> JPEGPicture?) {
    (folder, description, self.picture) = (history.folder, history.description, picture)
  }

  /// The steps that were done before the last process, and when that began.
  private var firstStep: Int { description?.processes.last?.firstStep ?? 0 }
  private var began: Double {
    description?.processes.last?.began ?? Date().timeIntervalSince1970
  }

  /// What a file begins with: the end of what was read before, and what the run is.
  var opening: [ProtobufMessage] {
    // TensorBoard counts the first of these for nothing and forgets all points at each further one.
    let start = Event.sessionStart(time: began, step: 0)
    guard let description else { return [start] }
    let texts = RunTexts.all(description).map { SummaryValue.text($0.tag, $0.markdown) }
    let values = texts + [RunHyperparameters.start(description)]
    return [start, Event.summaries(time: began, step: firstStep, values)]
  }

  /// The pictures of the first batch; nil where there are none.
  func event(_ pictures: [FirstBatchPicture]) -> ProtobufMessage? {
    guard !pictures.isEmpty else { return nil }
    return Event.summaries(
      time: began, step: firstStep,
      pictures.map { SummaryValue.image("first_batch/\($0.camera)", $0.picture) })
  }

  /// A line of metrics with the pictures of its videos: one event, so that it is there whole or not at
  /// all.
  func event(_ record: MetricsRecord) -> ProtobufMessage {
    let numbers = RunScalars.values(record, groups: description?.parameterGroups ?? [])
      .map { SummaryValue.scalar($0.tag, $0.number) }
    return Event.summaries(
      time: record.moment?.time ?? began, step: record.step,
      numbers + pictures(record.videoPaths(in: folder)))
  }

  /// Videos that are shown of an evaluation.
  private static let videoLimit = 4

  private func pictures(_ videos: [String]) -> [ProtobufMessage] {
    videos.prefix(Self.videoLimit).compactMap(picture).enumerated().map { index, picture in
      SummaryValue.image(index == 0 ? "eval/video" : "eval/video/\(index + 1)", picture)
    }
  }

  /// How the run ended; nil where it can be resumed.
  func event(_ ending: RunEnding, step: Int, time: Double) -> ProtobufMessage? {
    RunHyperparameters.end(ending, time: time).map {
      Event.summaries(time: time, step: step, [$0])
    }
  }

  /// How the run ended as its description tells.
  var ending: ProtobufMessage? {
    guard let ending = description?.processes.last?.ending else { return nil }
    switch ending.kind {
    case "finished": return event(.finished, step: ending.step, time: ending.time)
    case "failed": return event(.failed(step: ending.step), step: ending.step, time: ending.time)
    default: return nil
    }
  }
}
