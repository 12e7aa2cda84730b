import Foundation

/// When a run reported its metrics, and what else was so at that moment.
package struct MetricsMoment: Sendable, Equatable {
  /// Seconds since 1970.
  package var time: Double
  /// Bytes of memory that the process holds; nil where the system does not tell.
  package var memory: Int?
  /// The learning rate of each parameter group, for the next step; empty after an evaluation.
  package var learningRates: [Double]

  package init(
    time: Double = Date().timeIntervalSince1970, memory: Int? = Self.residentBytes,
    learningRates: [Double] = []
  ) {
    self.time = time
    self.memory = memory
    self.learningRates = learningRates
  }

  /// Pages in memory, the second number of the file that Linux keeps of each process.
  package static var residentBytes: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return pages * Int(getpagesize())
  }
}
