/// Whether a new run may write to a directory, judged by its contents; `RunDirectory` prepares it.
enum OutputDirectoryState {
  /// Nothing is there.
  case free
  /// No checkpoint, and nothing but what a run itself writes: one that never saved left it.
  case leftOver
  case taken
  /// A file, which can hold no run.
  case file

  init(of path: String, files: any ConfigFileSystem) {
    switch files.kind(of: path) {
    case nil: self = .free
    case .file: self = .file
    case .directory:
      let isOurs =
        RunDirectory.ownEntries.isSuperset(of: files.entries(of: path))
        && files.entries(of: "\(path)/checkpoints").allSatisfy { $0.hasPrefix(".") }
      self = isOurs ? .leftOver : .taken
    }
  }
}
