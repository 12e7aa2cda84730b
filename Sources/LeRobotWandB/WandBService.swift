import Dispatch
import Foundation
import LeRobotCore
import LeRobotLogging
import Synchronization

/// Uploads a run beside the training, through wandb-core, on a thread of its own.
///
/// Whatever goes wrong is one warning: the file holds everything, and `wandb sync` uploads it later.
package final class WandBService: Sendable {
  enum Item {
    case row(WandBRow)
    case file(String)
    case artifact(WandBArtifact)
    case output([ConsoleLines.Line])
    case exit(runtime: Double)
  }

  private struct State {
    var items: [Item] = []
    var hasStarted = false
    var isBroken = false
    var isUploaded = false
  }

  /// Seconds without progress after which an upload is given up.
  static let patience = 60.0
  /// More that waits than a healthy wandb-core ever lets.
  private static let itemLimit = 100_000

  private let program: WandBCore
  private let info: @Sendable (String) -> Void
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let filled = DispatchSemaphore(value: 0)
  private let isOver = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - program: wandb-core.
  package init(
    _ program: WandBCore, info: @escaping @Sendable (String) -> Void,
    warn: @escaping @Sendable (String) -> Void
  ) {
    (self.program, self.info, self.warn) = (program, info, warn)
  }

  /// Whether everything is on the server.
  package var isUploaded: Bool { state.withLock { $0.isUploaded } }

  func start(_ run: WandBRun, _ machine: WandBMachine, _ folder: WandBFolder) {
    state.withLock { $0.hasStarted = true }
    let thread = Thread { [self] in
      upload(run, machine, folder)
      isOver.signal()
    }
    thread.name = "wandb"
    thread.start()
  }

  func send(_ item: Item) {
    let isTaken = state.withLock { state in
      guard !state.isBroken, state.items.count < Self.itemLimit else { return false }
      state.items.append(item)
      return true
    }
    if isTaken { filled.signal() }
  }

  /// Waits for the end of the upload, or of the time for it.
  ///
  /// - Returns: whether it has ended.
  @discardableResult
  package func finish(within limit: Duration? = nil) -> Bool {
    guard state.withLock({ $0.hasStarted }) else { return true }
    let deadline: DispatchTime = limit.map { .now() + $0.seconds } ?? .distantFuture
    guard isOver.wait(timeout: deadline) == .success else { return false }
    isOver.signal()
    return true
  }

  // MARK: - The thread

  private func upload(_ run: WandBRun, _ machine: WandBMachine, _ folder: WandBFolder) {
    do throws(CoreFailure) {
      let core = try CoreProcess(program.path, folder)
      defer { core.end() }
      let session = try CoreSession(
        core.connection, run, machine, folder, probes: program.needsProbe)
      info("Track this run --> \(session.page)")
      while try session.send(next()) {}
      state.withLock { $0.isUploaded = true }
      try? TextFile.write("", to: folder.syncedMark)
      // The server has them now.
      try? FileSystem.remove("\(folder.path)/artifacts")
    } catch {
      state.withLock { ($0.isBroken, $0.items) = (true, []) }
      warn("Weights & Biases: \(error); training continues, and the run's file holds everything")
    }
  }

  private func next() -> Item {
    filled.wait()
    return state.withLock { $0.items.removeFirst() }
  }
}
