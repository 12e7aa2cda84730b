import Foundation
import LeRobotCore
import LeRobotLogging
import OrderedCollections

/// What wandb measures of the machine and of the process, under its names, read from `/proc`.
struct SystemMetrics {
  /// Seconds between two measurements, wandb's.
  static let interval = 15.0
  /// Counters at the first measurement, from which wandb counts.
  private var first: [String: Double] = [:]

  /// The values now.
  mutating func measure() -> OrderedDictionary<String, Double> {
    var values: OrderedDictionary<String, Double> = [:]
    addDisk(&values)
    addMemory(&values)
    addProcess(&values)
    addDevice(&values)
    addNetwork(&values)
    return values
  }

  private func addDisk(_ values: inout OrderedDictionary<String, Double>) {
    guard let disk = DiskSpace.root else { return }
    values["disk./.usagePercent"] = 100 * Double(disk.used) / Double(max(1, disk.total))
    values["disk./.usageGB"] = Double(disk.used) / Self.gigabyte
  }

  private func addMemory(_ values: inout OrderedDictionary<String, Double>) {
    let lines = Self.lines("/proc/meminfo")
    func bytes(_ name: String) -> Double? {
      lines.first { $0.hasPrefix("\(name):") }
        .flatMap { $0.split(separator: " ").dropFirst().first }
        .flatMap { Double($0) }.map { $0 * 1024 }
    }
    guard let total = bytes("MemTotal"), let available = bytes("MemAvailable") else { return }
    values["memory_percent"] = 100 * (1 - available / total)
    values["proc.memory.availableMB"] = available / Self.megabyte
    if let resident = MetricsMoment.residentBytes {
      values["proc.memory.rssMB"] = Double(resident) / Self.megabyte
      values["proc.memory.percent"] = 100 * Double(resident) / total
    }
  }

  /// `cpu` is what the process has used of all cores in its life.
  private func addProcess(_ values: inout OrderedDictionary<String, Double>) {
    let line = Self.lines("/proc/self/status").first { $0.hasPrefix("Threads:") }
    if let count = line?.split(separator: "\t").last.flatMap({ Double($0) }) {
      values["proc.cpu.threads"] = count
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let used = [usage.ru_utime, usage.ru_stime].reduce(0) {
      $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6
    }
    let life = ProcessIdentity.secondsSinceStart
    if life > 0 {
      let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
      values["cpu"] = 100 * used / (life * cores)
    }
  }

  /// Reading and writing on the disk that holds the root.
  private mutating func addDevice(_ values: inout OrderedDictionary<String, Double>) {
    var found = stat()
    guard stat("/", &found) == 0 else { return }
    // The parts of a device's number, as glibc's macros take them apart.
    let (major, minor) = (found.st_dev >> 8 & 0xFFF, found.st_dev & 0xFF)
    for line in Self.lines("/proc/diskstats") {
      let fields = line.split(separator: " ")
      guard fields.count > 9, fields[0] == "\(major)", fields[1] == "\(minor)" else { continue }
      for (name, field) in [("in", 5), ("out", 9)] {
        let bytes = (Double(fields[field]) ?? 0) * 512
        values["disk.\(fields[2]).\(name)"] = since("disk.\(name)", bytes) / Self.megabyte
      }
    }
  }

  private mutating func addNetwork(_ values: inout OrderedDictionary<String, Double>) {
    var (received, sent) = (0.0, 0.0)
    for line in Self.lines("/proc/net/dev") where line.contains(":") {
      let numbers = line.split(separator: ":", maxSplits: 1)[1].split(separator: " ")
        .compactMap { Double($0) }
      guard numbers.count > 8 else { continue }
      received += numbers[0]
      sent += numbers[8]
    }
    values["network.sent"] = since("sent", sent)
    values["network.recv"] = since("received", received)
  }

  /// What a counter has grown by since the first measurement.
  private mutating func since(_ name: String, _ value: Double) -> Double {
    let start = first[name] ?? value
    first[name] = start
    return value - start
  }

  private static let gigabyte = 1024.0 * 1024 * 1024
  private static let megabyte = 1024.0 * 1024

  private static func lines(_ path: String) -> [Substring] {
    (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n") ?? []
  }
}

/// Bytes of a disk.
struct DiskSpace {
  let total: Int
  let used: Int

  /// Of the root's disk; nil where the system does not tell.
  static var root: DiskSpace? {
    var found = statvfs()
    guard statvfs("/", &found) == 0 else { return nil }
    let block = Int(found.f_frsize)
    return DiskSpace(
      total: Int(found.f_blocks) * block, used: Int(found.f_blocks - found.f_bfree) * block)
  }
}
