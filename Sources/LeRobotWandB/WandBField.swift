import LeRobotLogging

/// The fields of wandb's protobuf messages that are written and read, as wandb 0.21.4 to 0.31.0 have
/// them; a test holds names and numbers against the descriptors of both.
package enum WandBField {
  /// Of `Record`.
  package enum Record: Int, WandBMessageField {
    package static let messageName = "Record"
    case num = 1
    case history = 2
    case summary = 3
    case files = 6
    case stats = 7
    case artifact = 8
    case telemetry = 11
    case outputRaw = 13
    case control = 16
    case run = 17
    case exit = 18
    case header = 21
    case environment = 26
    case request = 100
    case _info = 200
  }
  /// Of `_RecordInfo`.
  package enum RecordInfo: Int, WandBMessageField {
    package static let messageName = "_RecordInfo"
    case streamID = 1
  }
  /// Of `Control`.
  package enum Control: Int, WandBMessageField {
    package static let messageName = "Control"
    case local = 2
    case mailboxSlot = 4
  }
  /// Of `HeaderRecord`.
  package enum Header: Int, WandBMessageField {
    package static let messageName = "HeaderRecord"
    case versionInfo = 1
  }
  /// Of `VersionInfo`.
  package enum VersionInfo: Int, WandBMessageField {
    package static let messageName = "VersionInfo"
    case producer = 1
    case minConsumer = 2
  }
  /// Of `RunRecord`.
  package enum Run: Int, WandBMessageField {
    package static let messageName = "RunRecord"
    case runID = 1
    case entity = 2
    case project = 3
    case config = 4
    case runGroup = 6
    case jobType = 7
    case displayName = 8
    case notes = 9
    case tags = 10
    case host = 13
    case startingStep = 14
    case startTime = 17
    case telemetry = 19
    case git = 21
  }
  /// Of `ConfigRecord`.
  package enum Config: Int, WandBMessageField {
    package static let messageName = "ConfigRecord"
    case update = 1
  }
  /// Of `HistoryItem`, and of the items of configuration and summary.
  package enum Item: Int, WandBMessageField {
    package static let messageName = "HistoryItem"
    case key = 1
    case nestedKey = 2
    case valueJSON = 16
  }
  /// Of `HistoryRecord`.
  package enum History: Int, WandBMessageField {
    package static let messageName = "HistoryRecord"
    case item = 1
    case step = 2
  }
  /// Of `HistoryStep`.
  package enum HistoryStep: Int, WandBMessageField {
    package static let messageName = "HistoryStep"
    case num = 1
  }
  /// Of `SummaryRecord`.
  package enum Summary: Int, WandBMessageField {
    package static let messageName = "SummaryRecord"
    case update = 1
  }
  /// Of `FilesRecord`.
  package enum Files: Int, WandBMessageField {
    package static let messageName = "FilesRecord"
    case files = 1
  }
  /// Of `FilesItem`.
  package enum FilesItem: Int, WandBMessageField {
    package static let messageName = "FilesItem"
    case path = 1
    case type = 3
  }
  /// Of `OutputRawRecord`.
  package enum OutputRaw: Int, WandBMessageField {
    package static let messageName = "OutputRawRecord"
    case timestamp = 2
    case line = 3
  }
  /// Of `StatsRecord`.
  package enum Stats: Int, WandBMessageField {
    package static let messageName = "StatsRecord"
    case timestamp = 2
    case item = 3
  }
  /// Of `StatsItem`.
  package enum StatsItem: Int, WandBMessageField {
    package static let messageName = "StatsItem"
    case key = 1
    case valueJSON = 16
  }
  /// Of `TelemetryRecord`.
  package enum Telemetry: Int, WandBMessageField {
    package static let messageName = "TelemetryRecord"
    case cliVersion = 5
    case platform = 13
  }
  /// Of `GitRepoRecord`.
  package enum Git: Int, WandBMessageField {
    package static let messageName = "GitRepoRecord"
    case remoteURL = 1
    case commit = 2
  }
  /// Of `EnvironmentRecord`.
  package enum Environment: Int, WandBMessageField {
    package static let messageName = "EnvironmentRecord"
    case os = 1
    case startedAt = 3
    case args = 5
    case program = 6
    case git = 9
    case root = 11
    case host = 12
    case executable = 14
    case cpuCount = 16
    case cpuCountLogical = 17
    case gpuType = 18
    case disk = 20
    case memory = 21
    case writerID = 199
  }
  /// Of `EnvironmentRecord.DiskEntry`.
  package enum DiskEntry: Int, WandBMessageField {
    package static let messageName = "EnvironmentRecord.DiskEntry"
    case key = 1
    case value = 2
  }
  /// Of `DiskInfo`.
  package enum DiskInfo: Int, WandBMessageField {
    package static let messageName = "DiskInfo"
    case total = 1
    case used = 2
  }
  /// Of `MemoryInfo`.
  package enum MemoryInfo: Int, WandBMessageField {
    package static let messageName = "MemoryInfo"
    case total = 1
  }
  /// Of `ArtifactRecord`.
  package enum Artifact: Int, WandBMessageField {
    package static let messageName = "ArtifactRecord"
    case runID = 1
    case project = 2
    case entity = 3
    case type = 4
    case name = 5
    case digest = 6
    case aliases = 11
    case manifest = 12
    case finalize = 14
    case clientID = 15
    case sequenceClientID = 16
  }
  /// Of `ArtifactManifest`.
  package enum Manifest: Int, WandBMessageField {
    package static let messageName = "ArtifactManifest"
    case version = 1
    case storagePolicy = 2
    case storagePolicyConfig = 3
    case contents = 4
  }
  /// Of `StoragePolicyConfigItem`.
  package enum StoragePolicyConfig: Int, WandBMessageField {
    package static let messageName = "StoragePolicyConfigItem"
    case key = 1
    case valueJSON = 2
  }
  /// Of `ArtifactManifestEntry`.
  package enum ManifestEntry: Int, WandBMessageField {
    package static let messageName = "ArtifactManifestEntry"
    case path = 1
    case digest = 2
    case size = 4
    case localPath = 6
  }
  /// Of `RunExitRecord`.
  package enum Exit: Int, WandBMessageField {
    package static let messageName = "RunExitRecord"
    case runtime = 2
  }
  /// Of `google.protobuf.Timestamp`.
  package enum Timestamp: Int, WandBMessageField {
    package static let messageName = "google.protobuf.Timestamp"
    case seconds = 1
    case nanos = 2
  }
  /// Of `Request`, to wandb-core.
  package enum Request: Int, WandBMessageField {
    package static let messageName = "Request"
    case pollExit = 8
    case partialHistory = 10
    case runStart = 11
    case logArtifact = 13
    /// Since 0.22; without it those write no metadata.
    case probeSystemInfo = 83
  }
  /// Of `RunStartRequest`.
  package enum RunStart: Int, WandBMessageField {
    package static let messageName = "RunStartRequest"
    case run = 1
  }
  /// Of `LogArtifactRequest`.
  package enum LogArtifact: Int, WandBMessageField {
    package static let messageName = "LogArtifactRequest"
    case artifact = 1
    case historyStep = 2
  }
  /// Of `ServerRequest`.
  package enum ServerRequest: Int, WandBMessageField {
    package static let messageName = "ServerRequest"
    case recordPublish = 1
    case informInit = 3
    case informFinish = 4
    case informTeardown = 7
    case requestID = 10
  }
  /// Of `ServerResponse`.
  package enum ServerResponse: Int, WandBMessageField {
    package static let messageName = "ServerResponse"
    case resultCommunicate = 2
    case requestID = 10
  }
  /// Of `ServerInformInitRequest`.
  package enum InformInit: Int, WandBMessageField {
    package static let messageName = "ServerInformInitRequest"
    case settings = 1
    case _info = 200
  }
  /// Of `Result`.
  package enum Result: Int, WandBMessageField {
    package static let messageName = "Result"
    case runResult = 17
    case response = 100
  }
  /// Of `RunUpdateResult`.
  package enum RunUpdateResult: Int, WandBMessageField {
    package static let messageName = "RunUpdateResult"
    case run = 1
    case error = 2
  }
  /// Of `ErrorInfo`.
  package enum ErrorInfo: Int, WandBMessageField {
    package static let messageName = "ErrorInfo"
    case message = 1
  }
  /// Of `Response`.
  package enum Response: Int, WandBMessageField {
    package static let messageName = "Response"
    case pollExitResponse = 26
    case logArtifactResponse = 30
  }
  /// Of `LogArtifactResponse`.
  package enum LogArtifactResponse: Int, WandBMessageField {
    package static let messageName = "LogArtifactResponse"
    case errorMessage = 2
  }
  /// Of `PollExitResponse`.
  package enum PollExitResponse: Int, WandBMessageField {
    package static let messageName = "PollExitResponse"
    case done = 1
    case pusherStats = 3
  }
  /// Of `FilePusherStats`.
  package enum FilePusherStats: Int, WandBMessageField {
    package static let messageName = "FilePusherStats"
    case uploadedBytes = 1
    case totalBytes = 2
  }
  /// Of `Settings`, each a message around its value.
  package enum Settings: Int, WandBMessageField {
    package static let messageName = "Settings"
    case _args = 1
    case xDisableMeta = 7
    case xDisableStats = 10
    case xExecutable = 13
    case _offline = 30
    case _os = 32
    case _startDatetime = 40
    case xStartTime = 41
    case xStatsPid = 42
    case apiKey = 55
    case baseURL = 57
    case console = 60
    case entity = 69
    case filesDir = 70
    case host = 77
    case logDir = 85
    case logInternal = 86
    case mode = 92
    case program = 95
    case project = 97
    case resume = 102
    case rootDir = 105
    case runID = 107
    case runJobType = 108
    case runMode = 109
    case runName = 110
    case silent = 123
    case syncDir = 133
    case syncFile = 134
    case timespec = 139
    case wandbDir = 142
    case xStatsDiskPaths = 146
    case xStatsSamplingInterval = 174
    case xPrimary = 182
    case xUpdateFinishState = 183
    case xSkipTransactionLog = 191
  }
  /// Of `ListStringValue`, and of the messages around single values.
  package enum Wrapped: Int, WandBMessageField {
    package static let messageName = "ListStringValue"
    case value = 1
  }

  /// All of them.
  package static let messages: [any WandBMessageField.Type] = [
    Record.self, RecordInfo.self, Control.self, Header.self, VersionInfo.self, Run.self,
    Config.self, Item.self, History.self, HistoryStep.self, Summary.self, Files.self,
    FilesItem.self, OutputRaw.self, Stats.self, StatsItem.self, Telemetry.self, Git.self,
    Environment.self, DiskEntry.self, DiskInfo.self, MemoryInfo.self, Artifact.self, Manifest.self,
    StoragePolicyConfig.self, ManifestEntry.self, Exit.self, Timestamp.self, Request.self,
    RunStart.self, LogArtifact.self, ServerRequest.self, ServerResponse.self, InformInit.self,
    Result.self, RunUpdateResult.self, ErrorInfo.self, Response.self, LogArtifactResponse.self,
    PollExitResponse.self,
    FilePusherStats.self, Settings.self, Wrapped.self,
  ]
}

/// A field of a message, by its number.
package protocol WandBMessageField: RawRepresentable<Int>, CaseIterable {
  /// The name of the message.
  static var messageName: String { get }
}

extension ProtobufMessage {
  package mutating func add(_ field: some WandBMessageField, _ value: Int) {
    add(field.rawValue, value)
  }
  package mutating func add(_ field: some WandBMessageField, _ value: Bool) {
    add(field.rawValue, value)
  }
  package mutating func add(_ field: some WandBMessageField, _ value: Double) {
    add(field.rawValue, value)
  }
  package mutating func add(_ field: some WandBMessageField, _ value: String) {
    add(field.rawValue, value)
  }
  package mutating func add(_ field: some WandBMessageField, _ value: ProtobufMessage) {
    add(field.rawValue, value)
  }
  package mutating func add(
    _ field: some WandBMessageField, _ fill: (inout ProtobufMessage) -> Void
  ) {
    add(field.rawValue, fill)
  }
}

extension ProtobufFields {
  package func number(_ field: some WandBMessageField) -> Int { number(field.rawValue) }
  package func text(_ field: some WandBMessageField) -> String { text(field.rawValue) }
  package func texts(_ field: some WandBMessageField) -> [String] { texts(field.rawValue) }
  package func message(_ field: some WandBMessageField) -> ProtobufFields? {
    message(field.rawValue)
  }
  package func messages(_ field: some WandBMessageField) -> [ProtobufFields] {
    messages(field.rawValue)
  }
}
