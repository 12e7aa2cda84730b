import Foundation

/// How much more memory a process may use: what the machine has left, and what the process's
/// control groups allow (containers, SLURM jobs).
package struct AvailableMemory: Sendable {
  private let root: String

  /// - Parameter root: where `/proc` and `/sys` are looked for.
  package init(root: String = "") {
    self.root = root
  }

  /// In bytes; nil where the system does not report it.
  package var bytes: Int? {
    ([machine] + groups).compactMap { $0 }.min()
  }

  /// `MemAvailable`: free memory, and what the kernel can free without swapping.
  private var machine: Int? {
    number("MemAvailable:", in: "/proc/meminfo").map { $0 * 1024 }
  }

  /// The bytes that each control group above this process still allows.
  private var groups: [Int?] {
    lines("/proc/self/cgroup").flatMap { line -> [Int?] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      if parts[1].isEmpty {
        return folders("/sys/fs/cgroup", parts[2])
          .map { left($0, limit: "memory.max", usage: "memory.current", cache: "inactive_file") }
      }
      guard parts[1].split(separator: ",").contains("memory") else { return [] }
      return folders("/sys/fs/cgroup/memory", parts[2]).map {
        left(
          $0, limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes",
          cache: "total_inactive_file")
      }
    }
  }

  /// A group's folder and those above it. A container may see its own group as the top one.
  private func folders(_ top: String, _ group: Substring) -> [String] {
    let names = group.split(separator: "/")
    return (0...names.count).map { depth in
      ([top] + names.prefix(depth).map(String.init)).joined(separator: "/")
    }
  }

  private func left(_ folder: String, limit: String, usage: String, cache: String) -> Int? {
    guard let limit = lines("\(folder)/\(limit)").first.flatMap({ Int($0) }),
      let usage = lines("\(folder)/\(usage)").first.flatMap({ Int($0) })
    else { return nil }
    // The kernel frees pages of files that were not used lately first. Of a group that grows meanwhile
    // they may be more than its usage, which was read before.
    let needed = max(0, usage &- (number(cache, in: "\(folder)/memory.stat") ?? 0))
    return limit - min(limit, needed)
  }

  private func lines(_ path: String) -> [Substring] {
    (try? String(contentsOfFile: root + path, encoding: .utf8))?.split(separator: "\n") ?? []
  }

  /// The number after a line's name.
  private func number(_ name: String, in path: String) -> Int? {
    let words = lines(path).map { $0.split(separator: " ") }
    return words.first { $0.first == name[...] && $0.count > 1 }.flatMap { Int($0[1]) }
  }
}
