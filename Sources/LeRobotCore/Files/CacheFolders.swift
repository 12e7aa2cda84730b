import Foundation

/// Where this program, LeRobot, huggingface_hub and torch keep what they download: the one place that
/// knows these folders.
package struct CacheFolders: Sendable, Equatable, CustomReflectable {
  private let variables: [String: String]

  /// - Parameter variables: the process's; `HOME` and those named below count.
  package init(_ variables: [String: String]) {
    self.variables = variables
  }

  /// Without the variables, among which is the token.
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// `HF_HOME`, by default below the user's cache folder (huggingface_hub `constants.py`).
  package var huggingFace: String { folder("HF_HOME") ?? "\(user)/huggingface" }

  /// Repositories of models: `HF_HUB_CACHE`, or its older name, else `hub` below `huggingFace`.
  package var repositories: String {
    folder("HF_HUB_CACHE") ?? folder("HUGGINGFACE_HUB_CACHE") ?? "\(huggingFace)/hub"
  }

  /// Datasets: `HF_LEROBOT_HOME`, else `lerobot` below `huggingFace` (LeRobot `utils/constants.py`).
  package var datasets: String { folder("HF_LEROBOT_HOME") ?? "\(huggingFace)/lerobot" }

  /// The file that `hf auth login` writes: `HF_TOKEN_PATH`, else `token` below `huggingFace`.
  package var tokenFile: String { folder("HF_TOKEN_PATH") ?? "\(huggingFace)/token" }

  /// Weights that torchvision publishes: `TORCH_HOME`, by default below the user's cache folder
  /// (torch `hub.py`).
  package var torchWeights: String { "\(folder("TORCH_HOME") ?? "\(user)/torch")/hub/checkpoints" }

  /// `XDG_CACHE_HOME`, else `~/.cache`.
  private var user: String { folder("XDG_CACHE_HOME") ?? "\(home)/.cache" }

  private var home: String { variables["HOME"] ?? NSHomeDirectory() }

  /// The folder that a variable names; nil where it is not set. Python takes an empty one as it is,
  /// which would be the root of the disk.
  private func folder(_ variable: String) -> String? {
    guard let path = variables[variable], !path.isEmpty else { return nil }
    return FileSystem.trimmed(expanded(path))
  }

  /// A path with `~`, `$NAME` and `${NAME}` replaced; variables that are not set stay as they are.
  package func expanded(_ path: String) -> String {
    let path = path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
    return path.replacing(#/\$(?:\{(\w+)\}|(\w+))/#) { match in
      (match.output.1 ?? match.output.2).flatMap { variables[String($0)] } ?? String(match.output.0)
    }
  }
}
