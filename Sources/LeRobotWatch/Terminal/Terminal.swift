import Foundation
import LeRobotCore

/// The terminal as a screen that is drawn again and again, and given back as it was.
final class Terminal {
  private let colours: Bool
  /// The input's modes before; nil where the input is no terminal.
  private var modes: termios?
  private var isEntered = false
  private var screen = ScreenChanges()

  /// - Parameter environment: `NO_COLOR` turns colours off (no-color.org).
  init(environment: [String: String]) {
    colours = (environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Whether standard output is a terminal that can be drawn on.
  static func isDrawable(_ environment: [String: String]) -> Bool {
    isatty(STDOUT_FILENO) == 1 && !["", "dumb"].contains(environment["TERM"] ?? "")
  }

  /// The modes that a program changes are private ones of xterm's, which others follow: 1049 is a
  /// screen beside the usual one, 25 the cursor, 7 the wrapping of long lines.
  private enum Code {
    static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J"
    static let leave = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
  }

  /// Takes the screen, and the keys as they are typed.
  ///
  /// - Returns: whether the terminal is still there.
  func enter() -> Bool {
    var present = termios()
    if tcgetattr(STDIN_FILENO, &present) == 0 {
      if !isEntered { modes = present }
      // Keys come at once and unseen; Ctrl-C and Ctrl-Z stay signals.
      present.c_lflag &= ~tcflag_t(ICANON | ECHO)
      _ = tcsetattr(STDIN_FILENO, TCSANOW, &present)
    }
    isEntered = true
    forget()
    return StandardStream.output.write(Code.enter)
  }

  /// Gives the terminal back as it was.
  func leave() {
    guard isEntered else { return }
    isEntered = false
    StandardStream.output.write(Code.leave)
    if var modes { _ = tcsetattr(STDIN_FILENO, TCSANOW, &modes) }
  }

  /// Has the next drawing draw every line.
  func forget() { screen = ScreenChanges() }

  var size: TerminalSize { .current }

  /// Shows lines: those that differ from what is on the screen are written, in one piece.
  ///
  /// - Returns: whether the terminal is still there.
  func draw(_ lines: [StyledLine], size: TerminalSize) -> Bool {
    let text = screen.show(lines.map { colours ? $0.coloured : $0.plain }, size: size)
    return text.isEmpty || StandardStream.output.write(text)
  }
}
