import Foundation

/// How OpenMP's threads wait when they have nothing to do.
///
/// Threads that spin take the cores from the loader's threads and from the neighbours: 20 small
/// steps on two busy cores took 157 s, and 6 s with threads that sleep.
enum WaitPolicy {
  /// Lets them sleep unless the environment says how they wait. OpenMP reads it when it is loaded:
  /// with libtorch or FFmpeg, which nothing has opened yet.
  static func settle() {
    setenv("OMP_WAIT_POLICY", "passive", 0)
  }
}
