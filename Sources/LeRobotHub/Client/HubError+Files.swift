import LeRobotCore

extension HubError {
  /// Does something with files of this machine.
  ///
  /// - Throws: `HubError.file`.
  static func files<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(HubError) -> Result {
    do throws(FileError) { return try body() } catch { throw .file(error) }
  }

  /// - Throws: `HubError.noSpace` where less is free on the disk of a folder.
  static func checkSpace(_ needed: Int, in folder: String) throws(HubError) {
    if let free = FileSystem.freeBytes(of: folder), free < needed {
      throw .noSpace(folder: folder, needed: needed, free: free)
    }
  }
}
