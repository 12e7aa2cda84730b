import Foundation

/// A program in a terminal of its own, with somebody at the keys.
package enum TerminalProgram {
  /// What the somebody does, and waits for before.
  package struct Step: Sendable {
    package var text: String
    package var keys: String

    package init(at text: String, type keys: String) { (self.text, self.keys) = (text, keys) }
  }

  /// Runs `arguments` and types each step's keys once its text has been written.
  ///
  /// - Parameters:
  ///   - columns: of the terminal, which has 24 rows.
  /// - Returns: how it ended, and all that it wrote to the terminal.
  package static func run(
    _ arguments: [String], steps: [Step], columns: Int = 80, environment: [String: String] = [:]
  ) throws -> CommandRun {
    let typed = steps.flatMap { [$0.text, $0.keys] }
    return try CommandRun(
      ["python3", "-c", script, "\(columns)", "\(steps.count)"] + typed + arguments,
      environment: environment.merging(["TERM": "xterm", "NO_COLOR": "1"]) { given, _ in given })
  }

  /// The status is the program's, or 128 and the signal that ended it. A program that does not write
  /// what is awaited for minutes is ended.
  private static let script = """
    import fcntl, os, pty, select, signal, struct, sys, termios
    columns, count = int(sys.argv[1]), int(sys.argv[2])
    steps, command = sys.argv[3:3 + 2 * count], sys.argv[3 + 2 * count:]
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execvp(command[0], command)
    output, seen = b"", 0
    while True:
        if not select.select([terminal], [], [], 300)[0]: os.kill(pid, signal.SIGKILL)
        try: part = os.read(terminal, 65536)
        except OSError: break
        if not part: break
        output += part
        while steps and (at := output.find(steps[0].encode(), seen)) >= 0:
            seen = at + len(steps[0].encode())
            os.write(terminal, steps[1].encode())
            steps = steps[2:]
    sys.stdout.buffer.write(output)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.exit(status if status >= 0 else 128 - status)
    """
}
