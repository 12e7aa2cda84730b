import Foundation

/// How OpenMP's threads wait when they have nothing to do.
///
/// libgomp reads it from the environment when it is loaded, and FFmpeg's libraries load it before
/// `main`. Threads that spin take the cores from the loader's threads and from the neighbours: 20
/// small steps on two busy cores took 157 s, and 6 s with threads that sleep.
enum WaitPolicy {
  /// Starts the program anew with `OMP_WAIT_POLICY=passive` unless the variable is set; returns
  /// only where it is, or where that fails.
  static func settle(arguments: [String], environment: [String: String]) {
    guard environment["OMP_WAIT_POLICY"] == nil,
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return }
    setenv("OMP_WAIT_POLICY", "passive", 1)
    var list: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    list.append(nil)
    execv(program, list)
    for text in list { free(text) }
  }
}
