import Foundation
import LeRobotCore
import LeRobotLogging
import Synchronization

/// Shows runs in the terminal while they train, or after.
package struct TerminalView {
  private let paths: [String]
  private let environment: [String: String]

  /// - Parameter paths: the runs' folders.
  package init(_ paths: [String], environment: [String: String]) {
    (self.paths, self.environment) = (paths, environment)
  }

  /// Shows the runs until the user ends it. Where nobody can watch, as in a pipe, it says how the runs
  /// stand and ends.
  ///
  /// - Returns: the exit status: 0, or 128 and the signal that ended it.
  /// - Throws: `RunReadingError` for a folder that holds no run.
  package func run() throws -> Int32 {
    let isDrawable = Terminal.isDrawable(environment)
    let runs = try paths.map { path throws(RunReadingError) in
      try WatchedRun(path, waits: isDrawable)
    }
    if isDrawable { return try TerminalLoop(runs, environment: environment).run() }
    let screen = WatchScreen(runs.map(\.state), now: Date().timeIntervalSince1970)
    return StandardStream.output.write(screen.summary) ? 0 : 1
  }
}

/// The loop behind the view: reads, draws, waits for keys and signals.
private final class TerminalLoop {
  private let runs: [WatchedRun]
  private let terminal: Terminal
  private let wake: WakePipe
  private let signals: SignalSources
  /// Whether standard input still gives keys.
  private var hasKeys = true
  /// The second since 1970 in which the screen was drawn last, and how the runs stood.
  private var drawn: (second: Double, statuses: [RunStatus]) = (0, [])

  /// What a loop's turn led to.
  private enum Next {
    /// Draw if a run has changed.
    case look
    case draw
    case end(Int32)
  }

  init(_ runs: [WatchedRun], environment: [String: String]) throws {
    self.runs = runs
    terminal = Terminal(environment: environment)
    let wake = try WakePipe()
    self.wake = wake
    let isEnding = Mutex(false)
    signals = SignalSources(SignalSources.ending + [SIGTSTP, SIGCONT, SIGWINCH]) { number in
      if SignalSources.ending.contains(number) {
        // The loop has not ended since the first one: it waits for a terminal that is stopped.
        let isSecond = isEnding.withLock { isEnding in
          defer { isEnding = true }
          return isEnding
        }
        if isSecond { _exit(128 + number) }
      }
      wake.send(number)
    }
  }

  /// - Returns: the exit status.
  func run() -> Int32 {
    guard terminal.enter() else { return 1 }
    defer { terminal.leave() }
    var next = Next.draw
    while true {
      var isNew = false
      if case .end(let status) = next { return status }
      if case .draw = next { isNew = true }
      for run in runs where run.refresh() { isNew = true }
      if isNew || hasClockMoved {
        guard draw() else { return 1 }
      }
      next = wait()
    }
  }

  private func statuses(_ now: Double) -> [RunStatus] {
    runs.map { $0.state.history.status(now: now) }
  }

  /// Whether the screen is a second late: clocks of runs that train, and runs that were killed.
  private var hasClockMoved: Bool {
    let now = Date().timeIntervalSince1970
    guard now.rounded(.down) != drawn.second else { return false }
    let present = statuses(now)
    return present != drawn.statuses || present.contains(.running)
  }

  private func draw() -> Bool {
    let size = terminal.size
    let now = Date().timeIntervalSince1970
    drawn = (now.rounded(.down), statuses(now))
    let screen = WatchScreen(runs.map(\.state), now: now)
    return terminal.draw(screen.lines(width: size.columns, height: size.rows), size: size)
  }

  /// Milliseconds between two looks at the files.
  private static let interval: Int32 = 500

  private func wait() -> Next {
    var inputs = [
      pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
      pollfd(fd: hasKeys ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&inputs, 2, Self.interval) > 0 else { return .look }
    var next = Next.look
    for number in wake.received() {
      next = answer(signal: number)
      if case .end = next { return next }
    }
    if inputs[1].revents == 0 { return next }
    let answer = readKeys()
    if case .look = answer { return next }
    return answer
  }

  private func answer(signal number: Int32) -> Next {
    switch number {
    case SIGTSTP:
      terminal.leave()
      // The whole process rests here until the shell continues it.
      kill(getpid(), SIGSTOP)
      return terminal.enter() ? .draw : .end(1)
    case SIGCONT: return terminal.enter() ? .draw : .end(1)
    case SIGWINCH:
      terminal.forget()
      return .draw
    default: return .end(128 + number)
    }
  }

  private func readKeys() -> Next {
    var keys = [UInt8](repeating: 0, count: 64)
    let count = read(STDIN_FILENO, &keys, keys.count)
    guard count > 0 else {
      if count < 0, errno == EINTR || errno == EAGAIN { return .look }
      // A file that is read to its end gives no more keys; a terminal that does is gone.
      hasKeys = false
      return isatty(STDIN_FILENO) == 1 || count < 0 ? .end(128 + SIGHUP) : .look
    }
    if keys[..<count].contains(where: { $0 | 0x20 == UInt8(ascii: "q") }) { return .end(0) }
    // Ctrl-L asks programs to draw everything.
    if keys[..<count].contains(0x0C) { terminal.forget() }
    return .draw
  }
}
