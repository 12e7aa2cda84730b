import Foundation
import LeRobotCore

/// By what a process is known again, on its machine and from others.
package struct ProcessIdentity: Sendable, Equatable {
  package var host: String
  package var number: Int
  /// When it started, in the kernel's clock ticks since the machine did: numbers are used again.
  package var start: String
  /// The machine's start and the process's container: numbers mean nothing outside them.
  package var place: String

  package init(host: String = "", number: Int = 0, start: String = "", place: String = "") {
    (self.host, self.number, self.start, self.place) = (host, number, start, place)
  }

  /// This process.
  package static var current: ProcessIdentity {
    let number = Int(getpid())
    return ProcessIdentity(
      host: ProcessInfo.processInfo.hostName, number: number, start: start(of: number) ?? "",
      place: currentPlace)
  }

  /// Whether the process runs; nil for one that cannot be seen from here.
  package var isRunning: Bool? {
    guard !place.isEmpty, place == Self.currentPlace else { return nil }
    return Self.start(of: number) == start
  }

  /// Seconds since this process started; 0 where the system does not tell.
  package static var secondsSinceStart: Double {
    let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8)
    let now = uptime?.split(separator: " ").first.flatMap { Double($0) }
    guard let now, let ticks = start(of: Int(getpid())).flatMap({ Double($0) }) else { return 0 }
    return now - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static var currentPlace: String {
    let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    guard let boot, let space = FileSystem.linkTarget("/proc/self/ns/pid") else { return "" }
    return boot.trimmingCharacters(in: .whitespacesAndNewlines) + " " + space
  }

  /// The 22nd field of the process's line. The second is its name in brackets, which may hold spaces.
  private static func start(of number: Int) -> String? {
    guard let line = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
      let name = line.lastIndex(of: ")")
    else { return nil }
    let fields = line[name...].split(separator: " ")
    return fields.count > 20 && fields[1] != "Z" ? String(fields[20]) : nil
  }

  var json: JSONValue {
    [
      "host": .string(host), "pid": .int(number), "start": .string(start), "place": .string(place),
    ]
  }

  init(_ json: JSONValue) {
    func text(_ key: String) -> String { json[key]?.stringValue ?? "" }
    self.init(
      host: text("host"), number: json["pid"]?.intValue ?? 0, start: text("start"),
      place: text("place"))
  }
}
