import Foundation
import LeRobotCore
import LeRobotLogging

/// The runs' page and what is sent when it changes, made once for all clients.
actor LiveContent {
  nonisolated let pace: WatchPace
  /// The runs' folders, in the order in which they were named.
  nonisolated let folders: [String]
  private let runs: [WatchedRun]
  private var event: LiveEvent?
  private var statuses: [RunStatus.Kind] = []
  private var lastLook = ContinuousClock.now

  init(_ runs: sending [WatchedRun], pace: WatchPace) {
    folders = runs.map(\.state.history.folder)
    self.runs = runs
    self.pace = pace
  }

  private var histories: [RunHistory] { runs.map(\.state.history) }

  private var page: ReportPage {
    ReportPage(histories, isLive: true, now: Date().timeIntervalSince1970)
  }

  /// The whole document.
  func html() -> String {
    look()
    return page.html
  }

  /// The latest event; the same one until the runs change.
  func latest() -> LiveEvent {
    look()
    if let event { return event }
    let fresh = LiveEvent(number: 1, page.content)
    event = fresh
    return fresh
  }

  /// Looks at the files, however many clients there are no more often than the pace says.
  private func look() {
    let now = ContinuousClock.now
    if event != nil, now - lastLook < pace.files { return }
    lastLook = now
    var isNew = false
    for run in runs where run.refresh() { isNew = true }
    // A process that was killed leaves its files as they are.
    let present = histories.map { $0.status().kind }
    isNew = isNew || present != statuses
    statuses = present
    if isNew, let last = event { event = LiveEvent(number: last.number + 1, page.content) }
  }
}

/// The content of a page as a server-sent event.
struct LiveEvent: Sendable {
  /// Grows with each change.
  let number: Int
  /// As the stream holds it.
  let bytes: [UInt8]

  init(number: Int, _ content: String) {
    self.number = number
    // In JSON's text no line ends, which would end the event's data.
    bytes = Array("id: \(number)\ndata: \(JSONValue.string(content).pythonText())\n\n".utf8)
  }
}

extension RunStatus {
  /// How the run stands without when or where.
  enum Kind {
    case running, finished, interrupted, failed, died, unseen, unknown
  }

  fileprivate var kind: Kind {
    switch self {
    case .running: .running
    case .finished: .finished
    case .interrupted: .interrupted
    case .failed: .failed
    case .died: .died
    case .unseen: .unseen
    case .unknown: .unknown
    }
  }
}
