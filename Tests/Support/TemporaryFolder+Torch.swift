extension TemporaryFolder {
  /// A torch folder that says it is of this version and holds no code.
  package func addTorch(_ name: String, version: String, cuda: String? = nil) throws {
    let cuda = cuda.map { "'\($0)'" } ?? "None"
    let text = """
      from typing import Optional

      __all__ = ['__version__', 'debug', 'cuda', 'git_version', 'hip']
      __version__ = '\(version)'
      debug = False
      cuda: Optional[str] = \(cuda)
      git_version = 'e2d141dbde55c2a4370fac5165b0561b6af4798b'

      """
    _ = try write(Array(text.utf8), to: name + "/version.py")
    _ = try write([], to: name + "/lib/libtorch_cpu.so")
  }
}
