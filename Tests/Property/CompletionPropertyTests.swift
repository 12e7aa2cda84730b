import Foundation
import LeRobotCore
import Support
import Testing

/// The completion scripts in the shells they are for.
@Suite struct CompletionPropertyTests {
  private static func has(_ shell: String) -> Bool {
    ["/bin/", "/usr/bin/", "/usr/local/bin/"].contains {
      FileManager.default.isExecutableFile(atPath: $0 + shell)
    }
  }

  /// What is typed before the tab, what is offered, and what is not.
  private static let lines = [
    ("--policy.ty", "--policy.type", "--policy.chunk_size"),
    ("--policy.type=d", "diffusion", "act"), ("--policy.type d", "diffusion", "act"),
    ("--wandb.enable=t", "true", "false"), ("--backend=r", "reference", "fast"),
    ("--env.type=pu", "pusht", "aloha"), ("--compl", "--completion", "--trace"),
    ("--dataset.root=/us", "/usr", "/etc"), ("--policy.path=/us", "/usr", "/etc"),
    ("--config_path=/us", "/usr", "/etc"), ("--output_dir=/us", "/usr", "/etc"),
  ]

  /// Runs `program` of a shell with the completion script as its first argument, the line as its
  /// second and what is awaited as its third; it prints what is offered.
  private static func offered(
    _ shell: RunOptions.Shell, _ program: String, _ line: (String, String, String)
  ) throws -> String {
    let folder = try TemporaryFolder()
    let script = try folder.write(Completion.script(for: shell).utf8, to: "script")
    let run = try CommandRun(
      ["timeout", "60", shell.rawValue]
        + (shell == .zsh ? ["-f"] : []) + ["-c", program]
        + (shell == .fish ? [] : ["shell"]) + [script, "lerobot-train " + line.0, line.1])
    #expect(run.status == 0, "\(run.output)")
    return run.output
  }

  private static func check(_ output: String, _ line: (String, String, String)) {
    #expect(output.contains(line.1), "\(line.0): \(output)")
    #expect(!output.contains(line.2), "\(line.0): \(output)")
  }

  @Test(.enabled(if: has("bash"), "bash is not installed"), arguments: lines)
  func bashCompletes(line: (String, String, String)) throws {
    let program = """
      source "$1"; complete -p lerobot-train > /dev/null || exit 3
      COMP_LINE="$2" COMP_POINT=${#2}
      _lerobot_train 2> /dev/null
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    Self.check(try Self.offered(.bash, program, line), line)
  }

  @Test(.enabled(if: has("fish"), "fish is not installed"), arguments: lines)
  func fishCompletes(line: (String, String, String)) throws {
    let program = "source $argv[1]; complete -C $argv[2]"
    Self.check(try Self.offered(.fish, program, line), line)
  }

  /// In an interactive zsh behind a pseudo-terminal, as zsh completes nowhere else.
  @Test(.enabled(if: has("zsh"), "zsh is not installed"), arguments: lines)
  func zshCompletes(line: (String, String, String)) throws {
    let program = """
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z "PS1=; unset zle_bracketed_paste; autoload -U compinit; compinit -u -D; source $1; print re''ady"
      zpty -r -m z seen '*ready*'
      zpty -w -n z "$2"$'\\t'
      zpty -r -m z seen "*$3*"
      print -r -- "$seen"
      zpty -d z
      """
    Self.check(try Self.offered(.zsh, program, line), line)
  }
}
