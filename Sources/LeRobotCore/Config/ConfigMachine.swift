import Foundation

/// What a configuration asks about the machine it runs on; everything it knows of the outside.
package struct ConfigMachine: Sendable {
  package var files: any ConfigFileSystem
  /// Whether tensors can live on `cuda`, `cuda:1`, `mps` or `xpu`.
  package var isAvailable: @Sendable (String) -> Bool
  /// The time that the default output directory is named after.
  package var now: Date
  package var timeZone: TimeZone
  package var variables: [String: String]

  package init(
    files: any ConfigFileSystem = DiskFileSystem(),
    isAvailable: @escaping @Sendable (String) -> Bool,
    now: Date = Date(), timeZone: TimeZone = .current, variables: [String: String] = [:]
  ) {
    self.files = files
    self.isAvailable = isAvailable
    self.now = now
    self.timeZone = timeZone
    self.variables = variables
  }

  /// The device taken when none is asked for, or the one asked for is not there
  /// (LeRobot `auto_select_torch_device`).
  package var bestDevice: String {
    ["cuda", "mps", "xpu"].first(where: isAvailable) ?? "cpu"
  }
}
