/// Versions that files and messages name.
package enum Version {
  /// Of this program.
  package static let program = "0.1.0"
  /// The LeRobot whose behaviour it follows.
  package static let lerobot = "0.4.2"
}
