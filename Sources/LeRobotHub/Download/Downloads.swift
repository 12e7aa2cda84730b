import LeRobotCore
import Synchronization

/// Who is told how far a transfer is.
package struct TransferReports: Sendable {
  /// At most ten times a second, and when it is over.
  package let progress: @Sendable (TransferProgress) -> Void
  /// Anything else, in a line.
  package let notice: @Sendable (String) -> Void

  package init(
    progress: @escaping @Sendable (TransferProgress) -> Void = { _ in },
    notice: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.progress, self.notice) = (progress, notice)
  }
}

/// How far a transfer is, counted by several threads.
final class TransferMeter: Sendable {
  private struct State {
    var progress: TransferProgress
    var shown: ContinuousClock.Instant
  }

  private let state: Mutex<State>
  private let begin = ContinuousClock.now
  private let report: @Sendable (TransferProgress) -> Void

  init(_ progress: TransferProgress, _ report: @escaping @Sendable (TransferProgress) -> Void) {
    state = Mutex(State(progress: progress, shown: begin))
    self.report = report
    report(progress)
  }

  /// Counts what has been transferred; below zero for what was thrown away.
  func add(bytes: Int = 0, files: Int = 0) {
    let now = ContinuousClock.now
    let shown: TransferProgress? = state.withLock { state in
      state.progress.bytesDone += bytes
      state.progress.filesDone += files
      state.progress.seconds = (now - begin).seconds
      guard now - state.shown >= .milliseconds(100) || state.progress.isDone else { return nil }
      state.shown = now
      return state.progress
    }
    if let shown { report(shown) }
  }
}

/// Downloads files of a commit, several at a time. What arrived before an error, a signal or a cut
/// stays, and the next download continues from there.
struct Downloads: Sendable {
  typealias Fetch = (_ partial: String, _ target: String) throws(HubError) -> Void
  /// Puts a file where it belongs, by a `Fetch`; the closure is called before a wait for others.
  typealias Place = @Sendable (HubFile, Fetch, _ waiting: () -> Void) throws(HubError) -> Void

  let client: HubClient
  let repository: HubRepository
  let commit: String
  let reports: TransferReports
  /// Bytes that an earlier try left of a file.
  let arrived: @Sendable (HubFile) -> Int
  let place: Place

  /// As many as huggingface_hub.
  private static let threadCount = 8

  /// Downloads them all.
  ///
  /// - Parameter folder: on the disk that they are put on.
  /// - Throws: the first `HubError`; files under way then end too.
  func run(_ files: [HubFile], into folder: String) throws(HubError) {
    guard !files.isEmpty else { return }
    let byteCount = files.reduce(0) { sum, file in
      let (longer, isTooMuch) = sum.addingReportingOverflow(file.size)
      return isTooMuch ? .max : longer
    }
    let needed = files.reduce(byteCount) { $0 - min($1.size, arrived($1)) }
    try HubError.checkSpace(needed, in: folder)
    let meter = TransferMeter(
      TransferProgress(.down, repository.name, fileCount: files.count, byteCount: byteCount),
      reports.progress)
    // Long ones first, so that the last thread does not end long after the others.
    let ordered = files.sorted { $0.size > $1.size }
    try client.onEach(of: ordered, threads: Self.threadCount) { (file, client) throws(HubError) in
      try download(file, client, meter)
    }
  }

  private func download(
    _ file: HubFile, _ client: HubClient, _ meter: TransferMeter
  ) throws(HubError) {
    let fetch = FileFetch(
      client: client, address: try client.settings.address(resolvePath(of: file)),
      repository: repository, file: file, progress: { meter.add(bytes: $0) })
    var isFetched = false
    try place(file) { (partial, target) throws(HubError) in
      isFetched = true
      try fetch.run(by: partial, to: target)
    } _: {
      reports.notice("Waiting for another program that downloads \(file.path)")
    }
    meter.add(bytes: isFetched ? 0 : file.size, files: 1)
  }

  private func resolvePath(of file: HubFile) -> String {
    let path = HTTPAddress.escaped(file.path, keepingSlashes: true)
    return "\(repository.pagePath)/resolve/\(commit)/\(path)"
  }
}
