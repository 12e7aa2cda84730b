import Foundation
import LeRobotCore
import LeRobotLogging

/// What wandb keeps of the machine and of the command: the `EnvironmentRecord`, and the same as
/// `files/wandb-metadata.json`.
struct WandBMachine {
  typealias Field = WandBField

  let description: RunDescription
  let startTime: Double
  let git: GitCommit?
  /// The run's folder.
  let root: String
  /// Tells processes of one run apart.
  let writer = WandBSettings.randomName(length: 32)

  private var machine: MachineDescription { description.machine }
  private var command: [String] { description.processes.last?.command ?? [] }
  var program: String { command.first ?? "" }
  var arguments: ArraySlice<String> { command.dropFirst() }

  /// Kernel, processor and C library, as Python's `platform.platform()` has it.
  var system: String {
    var names = utsname()
    guard uname(&names) == 0 else { return machine.system }
    func text<Characters>(_ field: Characters) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return [
      text(names.sysname), text(names.release), text(names.machine), "with", Self.library,
    ].joined(separator: "-")
  }

  /// `glibc2.36`.
  private static var library: String {
    var name = [CChar](repeating: 0, count: 64)
    _ = confstr(Int32(_CS_GNU_LIBC_VERSION), &name, name.count)
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      .replacingOccurrences(of: " ", with: "")
  }

  var record: WandBRecord {
    WandBRecord(Field.Record.environment) { message in
      message.add(Field.Environment.os, system)
      message.add(Field.Environment.startedAt, .timestamp(startTime))
      for argument in arguments { message.add(Field.Environment.args, argument) }
      message.add(Field.Environment.program, program)
      if let git { message.add(Field.Environment.git, git.message) }
      message.add(Field.Environment.root, root)
      message.add(Field.Environment.host, machine.host)
      message.add(Field.Environment.executable, program)
      message.add(Field.Environment.cpuCount, machine.threads)
      message.add(Field.Environment.cpuCountLogical, machine.threads)
      if machine.device != "cpu" { message.add(Field.Environment.gpuType, machine.device) }
      if let disk = DiskSpace.root { message.add(Field.Environment.disk) { $0 = entry(disk) } }
      message.add(Field.Environment.memory) { $0.add(Field.MemoryInfo.total, machine.memory) }
      message.add(Field.Environment.writerID, writer)
    }
  }

  private func entry(_ disk: DiskSpace) -> ProtobufMessage {
    var entry = ProtobufMessage()
    entry.add(Field.DiskEntry.key, "/")
    entry.add(Field.DiskEntry.value) { info in
      info.add(Field.DiskInfo.total, disk.total)
      info.add(Field.DiskInfo.used, disk.used)
    }
    return entry
  }

  /// The contents of `wandb-metadata.json`.
  var metadata: String {
    var values: JSONValue = [
      "os": .string(system), "startedAt": .string(Self.text(of: startTime)),
      "args": .array(arguments.map(JSONValue.string)),
      "program": .string(program),
      "root": .string(root), "host": .string(machine.host), "executable": .string(program),
      "cpu_count": .int(machine.threads), "cpu_count_logical": .int(machine.threads),
      "memory": ["total": .string(String(machine.memory))], "writerId": .string(writer),
    ]
    if let git, case .object(var members) = values {
      var commit: JSONValue = ["commit": .string(git.commit)]
      if let remote = git.remote {
        commit = ["remote": .string(remote), "commit": .string(git.commit)]
      }
      members["git"] = commit
      values = .object(members)
    }
    return values.pythonText(indent: 2) + "\n"
  }

  /// ISO 8601, in UTC.
  private static func text(of time: Double) -> String {
    Date(timeIntervalSince1970: time).formatted(.iso8601)
  }
}
