import Foundation
import LeRobotCore
import LeRobotLogging

/// A run in wandb-core, from its first record to its last.
final class CoreSession {
  typealias Field = WandBField

  private let connection: CoreConnection
  private var run: WandBRun
  /// Steps below it are on the server already.
  private var startingStep = 0
  /// Artifacts under way, by the names of the answers that tell of their end.
  private var uploading: [String: WandBArtifact] = [:]
  /// The run's page.
  var page: String { run.settings.page(entity: run.entity ?? "") }

  /// - Parameter probes: whether the machine's description has to be asked for.
  init(
    _ connection: CoreConnection, _ run: WandBRun, _ machine: WandBMachine, _ folder: WandBFolder,
    probes: Bool
  ) throws(CoreFailure) {
    self.connection = connection
    self.run = run
    try connection.send(CoreMessage.initialize(run, machine, folder))
    try publish(.header)
    let answer = try ask(.run(run))
    guard let result = answer.message(Field.Result.runResult) else {
      throw CoreFailure("wandb-core does not say what became of the run")
    }
    if let error = result.message(Field.RunUpdateResult.error) {
      throw CoreFailure(Self.line(error.text(Field.ErrorInfo.message)))
    }
    if let stored = result.message(Field.RunUpdateResult.run) {
      self.run.entity = stored.text(Field.Run.entity)
      startingStep = stored.number(Field.Run.startingStep)
    }
    _ = try ask(CoreMessage.runStart(self.run, startingStep: startingStep))
    if probes { try publish(CoreMessage.probeSystemInfo) }
  }

  /// The server's words in one line.
  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// - Returns: false after the last item, when everything is uploaded.
  func send(_ item: WandBService.Item) throws(CoreFailure) -> Bool {
    while connection.hasMessage {
      guard let response = try connection.receive(while: { true }) else { break }
      note(response)
    }
    switch item {
    case .row(let row):
      if row.step >= startingStep { try publish(CoreMessage.row(row)) }
    case .file(let path): try publish(.file(path, .other))
    case .artifact(let artifact):
      // The answer comes when it is uploaded, and is not waited for.
      uploading[try send(asking: CoreMessage.artifact(artifact, run))] = artifact
    case .output(let lines):
      for line in lines { try publish(.output(line.text, time: line.time)) }
    case .exit(let runtime):
      try finish(runtime: runtime)
      return false
    }
    return true
  }

  /// Removes the copy of an artifact that is on the server: by that a run that resumes knows.
  private func note(_ response: ProtobufFields) {
    guard
      let artifact = uploading.removeValue(forKey: response.text(Field.ServerResponse.requestID)),
      let answer = response.message(Field.ServerResponse.resultCommunicate)?
        .message(Field.Result.response)?.message(Field.Response.logArtifactResponse),
      answer.text(Field.LogArtifactResponse.errorMessage).isEmpty
    else { return }
    try? FileSystem.remove(artifact.file)
  }

  private func publish(_ record: WandBRecord) throws(CoreFailure) {
    var record = record
    record.runID = run.settings.runID
    try connection.send(CoreMessage.publish(record))
  }

  /// Sends a record and waits for its answer, the `Result`.
  private func ask(_ record: WandBRecord) throws(CoreFailure) -> ProtobufFields {
    let deadline = Date(timeIntervalSinceNow: WandBService.patience + 30)
    guard let answer = try answer(to: send(asking: record), while: { Date() < deadline }) else {
      throw CoreFailure("\(run.settings.server) does not answer")
    }
    return answer
  }

  /// - Returns: the name of the answer.
  private func send(asking record: WandBRecord) throws(CoreFailure) -> String {
    let name = WandBSettings.randomName(length: 12)
    var record = record
    record.runID = run.settings.runID
    record.mailboxSlot = name
    try connection.send(CoreMessage.publish(record, requestID: name))
    return name
  }

  private func answer(
    to name: String, while isPatient: () -> Bool
  ) throws(CoreFailure) -> ProtobufFields? {
    while let response = try connection.receive(while: isPatient) {
      if response.text(Field.ServerResponse.requestID) == name {
        return response.message(Field.ServerResponse.resultCommunicate)
      }
    }
    return nil
  }

  // MARK: - The end

  /// Waits for the uploads as long as they get on.
  private func finish(runtime: Double) throws(CoreFailure) {
    let exit = try send(asking: .exit(runtime: runtime))
    var (uploaded, deadline) = (-1, Date(timeIntervalSinceNow: WandBService.patience))
    var polls: Set<String> = []
    while Date() < deadline {
      // About once a second there is nothing to read, and the uploads are asked for.
      guard let response = try connection.receive(while: { false }) else {
        polls.insert(try send(asking: CoreMessage.pollExit))
        continue
      }
      note(response)
      let name = response.text(Field.ServerResponse.requestID)
      if name == exit {
        try connection.send(CoreMessage.finish(run.settings.runID))
        return
      }
      guard polls.remove(name) != nil else { continue }
      let bytes = Self.uploadedBytes(response)
      if bytes > uploaded {
        (uploaded, deadline) = (bytes, Date(timeIntervalSinceNow: WandBService.patience))
      }
    }
    throw CoreFailure(
      "the upload made no progress for \(Int(WandBService.patience)) seconds")
  }

  private static func uploadedBytes(_ response: ProtobufFields) -> Int {
    response.message(Field.ServerResponse.resultCommunicate)?.message(Field.Result.response)?
      .message(Field.Response.pollExitResponse)?.message(Field.PollExitResponse.pusherStats)?
      .number(Field.FilePusherStats.uploadedBytes) ?? 0
  }
}
