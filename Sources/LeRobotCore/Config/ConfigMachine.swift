import Foundation

/// What a configuration may ask about the machine. It reads nothing else from outside.
package struct ConfigMachine: Sendable {
  package var files: any ConfigFileSystem
  /// Whether tensors can live on `cuda`, `cuda:1`, `mps` or `xpu`.
  package var isAvailable: @Sendable (String) -> Bool
  /// The time that the default output directory is named after.
  package var now: Date
  package var timeZone: TimeZone
  /// Policies and configurations that are named by their repository.
  package var remote: any RemoteFiles
  /// Whether the checkpoint in a folder can be resumed.
  package var isWholeCheckpoint: @Sendable (String) -> Bool = { folder in
    (try? Checkpoint.open(folder))?.isWhole ?? false
  }

  package init(
    files: any ConfigFileSystem = DiskFileSystem(),
    isAvailable: @escaping @Sendable (String) -> Bool,
    now: Date = Date(), timeZone: TimeZone = .current, remote: any RemoteFiles = NoRemoteFiles()
  ) {
    self.files = files
    self.isAvailable = isAvailable
    self.now = now
    self.timeZone = timeZone
    self.remote = remote
  }

  /// The device used when none is requested, or the requested one is missing
  /// (LeRobot `auto_select_torch_device`).
  package var bestDevice: String {
    ["cuda", "mps", "xpu"].first(where: isAvailable) ?? "cpu"
  }
}
