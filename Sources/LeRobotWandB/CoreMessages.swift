import Foundation
import LeRobotCore
import LeRobotLogging

/// What is sent to wandb-core beside the records of the file.
enum CoreMessage {
  typealias Field = WandBField

  /// A record, or a request inside one.
  static func publish(_ record: WandBRecord, requestID: String? = nil) -> ProtobufMessage {
    var message = ProtobufMessage()
    if let requestID { message.add(Field.ServerRequest.requestID, requestID) }
    message.add(Field.ServerRequest.recordPublish, record.message())
    return message
  }

  /// Begins a run.
  static func initialize(
    _ run: WandBRun, _ machine: WandBMachine, _ folder: WandBFolder
  ) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(Field.ServerRequest.informInit) { request in
      request.add(Field.InformInit.settings, settings(run, machine, folder))
      request.add(Field.InformInit._info) { $0.add(Field.RecordInfo.streamID, run.settings.runID) }
    }
    return message
  }

  static func finish(_ runID: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(Field.ServerRequest.informFinish) { request in
      request.add(Field.InformInit._info) { $0.add(Field.RecordInfo.streamID, runID) }
    }
    return message
  }

  static var teardown: ProtobufMessage {
    var message = ProtobufMessage()
    message.add(Field.ServerRequest.informTeardown, ProtobufMessage())
    return message
  }

  static func runStart(_ run: WandBRun, startingStep: Int) -> WandBRecord {
    request(Field.Request.runStart) { request in
      var message = run.message
      message.add(Field.Run.startingStep, startingStep)
      request.add(Field.RunStart.run, message)
    }
  }

  /// A row; wandb-core adds the run's time to it.
  static func row(_ row: WandBRow) -> WandBRecord {
    request(Field.Request.partialHistory) { request in
      var values = row.values
      values["_timestamp"] = .double(row.time)
      for (key, value) in values {
        request.add(Field.History.item) { item in
          item.add(Field.Item.key, key)
          item.add(Field.Item.valueJSON, value.pythonText())
        }
      }
      request.add(Field.History.step) { $0.add(Field.HistoryStep.num, row.step) }
    }
  }

  /// Uploads an artifact, which belongs to a step of the history.
  static func artifact(_ artifact: WandBArtifact, _ run: WandBRun) -> WandBRecord {
    request(Field.Request.logArtifact) { request in
      request.add(Field.LogArtifact.artifact, artifact.message(run))
      request.add(Field.LogArtifact.historyStep, artifact.step)
    }
  }

  /// Asks for the machine's description, in releases that send none by themselves.
  static var probeSystemInfo: WandBRecord { request(Field.Request.probeSystemInfo) { _ in } }

  /// Asks how far the uploads are.
  static var pollExit: WandBRecord { request(Field.Request.pollExit) { _ in } }

  private static func request(
    _ field: Field.Request, _ fill: (inout ProtobufMessage) -> Void
  ) -> WandBRecord {
    var record = WandBRecord(Field.Record.request) { $0.add(field, fill) }
    record.isLocal = true
    return record
  }

  // MARK: - Settings

  private static func settings(
    _ run: WandBRun, _ machine: WandBMachine, _ folder: WandBFolder
  ) -> ProtobufMessage {
    typealias Setting = Field.Settings
    var message = ProtobufMessage()
    func text(_ field: Setting, _ value: String) {
      message.add(field) { $0.add(Field.Wrapped.value, value) }
    }
    func flag(_ field: Setting, _ value: Bool) {
      message.add(field) { $0.add(Field.Wrapped.value, value) }
    }
    let settings = run.settings
    text(Setting.runID, settings.runID)
    text(Setting.project, settings.project)
    if let entity = settings.entity { text(Setting.entity, entity) }
    text(Setting.runName, settings.name)
    text(Setting.runJobType, WandBSettings.jobType)
    text(Setting.baseURL, settings.server)
    if let key = settings.apiKey { text(Setting.apiKey, key) }
    if settings.isResumed { text(Setting.resume, "must") }
    text(Setting.mode, "online")
    text(Setting.runMode, "run")
    flag(Setting._offline, false)
    text(Setting.filesDir, folder.files)
    text(Setting.logDir, folder.logs)
    text(Setting.logInternal, "\(folder.logs)/debug-internal.log")
    text(Setting.syncDir, folder.path)
    // The file is ours; releases that write one all the same write it here.
    text(Setting.syncFile, "\(folder.logs)/core.wandb")
    flag(Setting.xSkipTransactionLog, true)
    text(Setting.wandbDir, FileSystem.parent(of: folder.path) ?? folder.path)
    text(Setting.rootDir, machine.root)
    text(Setting._startDatetime, folder.date)
    text(Setting.timespec, folder.date)
    message.add(Setting.xStartTime) { $0.add(Field.Wrapped.value, run.startTime) }
    // wandb-core measures this process, and the machine.
    flag(Setting.xDisableStats, false)
    flag(Setting.xDisableMeta, false)
    message.add(Setting.xStatsPid) { $0.add(Field.Wrapped.value, Int(getpid())) }
    message.add(Setting.xStatsSamplingInterval) {
      $0.add(Field.Wrapped.value, settings.measurementInterval)
    }
    message.add(Setting.xStatsDiskPaths) { $0.add(Field.Wrapped.value, "/") }
    text(Setting.console, "wrap")
    text(Setting.host, run.host)
    text(Setting._os, machine.system)
    text(Setting.program, machine.program)
    text(Setting.xExecutable, machine.program)
    message.add(Setting._args) { list in
      for argument in machine.arguments { list.add(Field.Wrapped.value, argument) }
    }
    // The one writer of the run, who sends configuration and summary too.
    flag(Setting.xPrimary, true)
    flag(Setting.xUpdateFinishState, true)
    flag(Setting.silent, true)
    return message
  }
}
