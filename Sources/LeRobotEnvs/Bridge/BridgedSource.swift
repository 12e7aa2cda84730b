import LeRobotCore
import OrderedCollections
import Synchronization

/// The environments that servers of Python's run, by task.
///
/// A server lives as long as the environments in it: as many processes as a task has environments, or
/// one for all of them, started when the task's turn comes and ended after it.
final class BridgedSource: Sendable {
  private let config: EnvironmentConfig
  private let settings: BridgeSettings
  /// The server that listed the tasks, until it is used.
  private let spare = Mutex<EnvironmentServer?>(nil)

  /// - Throws: `EnvironmentError.remoteCode` where the user did not allow it.
  init(_ config: EnvironmentConfig, _ settings: BridgeSettings) throws(EnvironmentError) {
    if config.type == EnvironmentConfig.hubType, !settings.trustsRemoteCode {
      throw .remoteCode(repository: config.task ?? "")
    }
    self.config = config
    self.settings = settings
  }

  /// Lists the tasks, in the order in which they are evaluated.
  ///
  /// - Parameter count: environments of a task.
  func tasks(count: Int) throws(EnvironmentError) -> [(group: String, id: Int)] {
    let server = try EnvironmentServer(settings, name: config.name)
    try server.greet()
    let answer = try open(server, count: count)
    var tasks: [(group: String, id: Int)] = []
    for task in answer["tasks"]?.arrayValue ?? [] {
      guard let group = task[0]?.stringValue, let id = task[1]?.intValue,
        !group.isEmpty, !group.contains("/"), group != ".."
      else {
        try server.refuse("a task \(task.pythonText())")
        continue
      }
      tasks.append((group, id))
    }
    if tasks.isEmpty { try server.refuse("no tasks") }
    spare.withLock { $0 = server }
    return tasks
  }

  private func open(
    _ server: EnvironmentServer, count: Int
  ) throws(EnvironmentError) -> JSONValue {
    try server.send(openRequest(count: count))
    return try server.answer(within: settings.startLimit)
  }

  private func openRequest(count: Int) -> JSONValue {
    [
      "do": "open", "environment": config.json, "count": .int(count),
      "trust_remote_code": .bool(settings.trustsRemoteCode),
    ]
  }

  /// Makes environments of a task.
  ///
  /// - Parameters:
  ///   - count: how many of them.
  ///   - all: how many the task has.
  func environments(
    of task: (group: String, id: Int), count: Int, of all: Int
  ) throws(EnvironmentError) -> VectorEnvironment {
    let isAlone = settings.hasProcessPerEnvironment
    var groups: [ServedGroup] = []
    // All of them start side by side.
    for indices in isAlone ? (0..<count).map({ [$0] }) : [Array(0..<count)] {
      groups.append(try group(indices, of: task, all: all))
    }
    var index = 0
    return try VectorEnvironment(count: count, sharesThread: !isAlone) {
      () throws(EnvironmentError) in
      defer { index += 1 }
      return try groups[isAlone ? index : 0].environment(index, settings)
    }
  }

  /// Begins to make environments in a process of their own.
  private func group(
    _ indices: [Int], of task: (group: String, id: Int), all: Int
  ) throws(EnvironmentError) -> ServedGroup {
    let make: JSONValue = [
      "do": "make", "group": .string(task.group), "task": .int(task.id),
      "indices": .array(indices.map { .int($0) }),
      "seed": settings.seed.map { .int(Int(clamping: $0)) } ?? .null,
      "reseeds": .bool(settings.hasProcessPerEnvironment),
    ]
    if let server = spare.withLock({ $0.take() }) {
      try server.send(make)
      return ServedGroup(server, isNew: false)
    }
    let server = try EnvironmentServer(settings, name: config.name)
    // A server that ended already says why when its answer is awaited.
    try? server.send(openRequest(count: all))
    try? server.send(make)
    return ServedGroup(server, isNew: true)
  }
}

/// The environments of one process.
private final class ServedGroup {
  private let server: EnvironmentServer
  private let isNew: Bool
  private var facts: JSONValue?

  /// - Parameter isNew: its greeting and its answer to `open` are still to come.
  init(_ server: EnvironmentServer, isNew: Bool) {
    (self.server, self.isNew) = (server, isNew)
  }

  /// One of them, as soon as all are made.
  func environment(
    _ index: Int, _ settings: BridgeSettings
  ) throws(EnvironmentError) -> BridgedEnvironment {
    if facts == nil {
      if isNew {
        try server.greet()
        _ = try server.answer(within: settings.startLimit)
      }
      facts = try server.answer(within: settings.startLimit)
    }
    return try BridgedEnvironment(server, index: index, facts: facts ?? .null)
  }
}

extension EnvironmentConfig {
  /// What the user asked for, as messages name it.
  fileprivate var name: String {
    let task = fields["task"]?.stringValue
    if type == Self.hubType, let task { return "--env.type=\(task)" }
    return "--env.type=\(type)" + (task.map { " --env.task=\($0)" } ?? "")
  }
}
