#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the operating system's scheduler knows of a thread.
package enum SchedulerStatistics {
  /// Seconds in which the calling thread was ready to run and waited for a core (Linux
  /// `Documentation/scheduler/sched-stats.rst`, the second number of `schedstat`); nil where the
  /// system does not tell.
  package static func secondsWithoutCore() -> Double? {
    let file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { buffer in
      let count = read(file, buffer.baseAddress, buffer.count)
      return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
    let numbers = text.split(separator: " ").compactMap { Double($0) }
    return numbers.count > 1 ? numbers[1] * 1e-9 : nil
  }
}
