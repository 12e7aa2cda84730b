import Foundation

/// Versions that files and messages name.
package enum Version {
  /// Of this program.
  package static let program = "0.1.0"
  /// The LeRobot whose behaviour it follows.
  package static let lerobot = "0.4.2"
  /// The command by which the user calls the program: what is installed beside LeRobot has another name
  /// than its own. In tests, which are bundles with a dot in their name, `lerobot-train`.
  package static let command: String = {
    let name = URL(filePath: CommandLine.arguments.first ?? "").lastPathComponent
    return name.hasPrefix("lerobot-train") && !name.contains(".") ? name : "lerobot-train"
  }()
}
