import Foundation
import LeRobotCore

/// The machine that a run computed on.
package struct MachineDescription: Sendable, Equatable {
  package var host = ""
  /// Kernel and its release.
  package var system = ""
  /// The model as the processor names itself.
  package var processor = ""
  /// Threads of the processor that the program may use.
  package var threads = 0
  /// Bytes.
  package var memory = 0
  /// What computes: `cpu`, or a GPU with its name.
  package var device = ""

  package init() {}

  /// This machine.
  ///
  /// - Parameter device: what computes.
  package static func current(device: String) -> MachineDescription {
    var machine = MachineDescription()
    machine.host = ProcessInfo.processInfo.hostName
    machine.system = ProcessInfo.processInfo.operatingSystemVersionString
    machine.processor = processorName ?? ""
    machine.threads = ProcessInfo.processInfo.activeProcessorCount
    machine.memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    machine.device = device
    return machine
  }

  private static var processorName: String? {
    let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  var json: JSONValue {
    [
      "host": .string(host), "system": .string(system), "processor": .string(processor),
      "threads": .int(threads), "memory": .int(memory), "device": .string(device),
    ]
  }

  init(_ json: JSONValue) {
    func text(_ key: String) -> String { json[key]?.stringValue ?? "" }
    (host, system, processor) = (text("host"), text("system"), text("processor"))
    (threads, memory) = (json["threads"]?.intValue ?? 0, json["memory"]?.intValue ?? 0)
    device = text("device")
  }
}
