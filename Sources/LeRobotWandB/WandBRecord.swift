import Foundation
import LeRobotCore
import LeRobotLogging
import OrderedCollections

/// A record of a run, as the file holds it and as wandb-core takes it.
package struct WandBRecord {
  package typealias Field = WandBField

  /// The field of `Record` that holds the content.
  let field: Field.Record
  let content: ProtobufMessage
  var runID = ""
  /// For wandb-core alone, which answers under this name.
  var mailboxSlot: String?
  var isLocal = false

  package init(_ field: Field.Record, _ fill: (inout ProtobufMessage) -> Void) {
    self.field = field
    var content = ProtobufMessage()
    fill(&content)
    self.content = content
  }

  /// - Parameter number: of the record in its file.
  func message(number: Int? = nil) -> ProtobufMessage {
    var record = ProtobufMessage()
    if let number { record.add(Field.Record.num, number) }
    if mailboxSlot != nil || isLocal {
      record.add(Field.Record.control) { control in
        if isLocal { control.add(Field.Control.local, true) }
        if let mailboxSlot { control.add(Field.Control.mailboxSlot, mailboxSlot) }
      }
    }
    record.add(field, content)
    if !runID.isEmpty {
      record.add(Field.Record._info) { $0.add(Field.RecordInfo.streamID, runID) }
    }
    return record
  }
}

// MARK: - The records of a file

extension WandBRecord {
  /// The first record: who wrote the file.
  static var header: WandBRecord {
    WandBRecord(Field.Record.header) { header in
      header.add(Field.Header.versionInfo) { info in
        info.add(Field.VersionInfo.producer, "lerobot-train-\(Version.program)")
        info.add(Field.VersionInfo.minConsumer, "0.40.0")
      }
    }
  }

  /// What the run is.
  static func run(_ run: WandBRun) -> WandBRecord {
    WandBRecord(Field.Record.run) { $0 = run.message }
  }

  /// A row of the history, and with it the summary.
  static func history(_ row: WandBRow, runtime: Double) -> WandBRecord {
    WandBRecord(Field.Record.history) { history in
      for item in row.items(runtime: runtime) { history.add(Field.History.item, item) }
      history.add(Field.History.step) { $0.add(Field.HistoryStep.num, row.step) }
    }
  }

  static func summary(_ row: WandBRow, runtime: Double) -> WandBRecord {
    WandBRecord(Field.Record.summary) { summary in
      for item in row.items(runtime: runtime) { summary.add(Field.Summary.update, item) }
      summary.add(
        Field.Summary.update,
        WandBItem.message(["_wandb", "runtime"], .int(Int(runtime))))
    }
  }

  /// A line of the console.
  static func output(_ line: String, time: Double) -> WandBRecord {
    WandBRecord(Field.Record.outputRaw) { output in
      output.add(Field.OutputRaw.timestamp, .timestamp(time))
      output.add(Field.OutputRaw.line, line)
    }
  }

  static func stats(_ values: OrderedDictionary<String, Double>, time: Double) -> WandBRecord {
    WandBRecord(Field.Record.stats) { stats in
      stats.add(Field.Stats.timestamp, .timestamp(time))
      for (key, value) in values {
        stats.add(Field.Stats.item) { item in
          item.add(Field.StatsItem.key, key)
          item.add(Field.StatsItem.valueJSON, JSONValue.double(value).pythonText())
        }
      }
    }
  }

  /// How a file of the run's folder is to be treated.
  enum FileKind: Int {
    /// wandb's own, such as its metadata.
    case wandb = 1
    case other = 0
  }

  /// A file below `files/` to upload.
  static func file(_ path: String, _ kind: FileKind) -> WandBRecord {
    WandBRecord(Field.Record.files) { files in
      files.add(Field.Files.files) { item in
        item.add(Field.FilesItem.path, path)
        item.add(Field.FilesItem.type, kind.rawValue)
      }
    }
  }

  static func artifact(_ artifact: WandBArtifact, _ run: WandBRun) -> WandBRecord {
    WandBRecord(Field.Record.artifact) { $0 = artifact.message(run) }
  }

  static func exit(runtime: Double) -> WandBRecord {
    WandBRecord(Field.Record.exit) { $0.add(Field.Exit.runtime, Int(runtime)) }
  }
}

extension ProtobufMessage {
  /// A point in time as protobuf's `Timestamp`.
  ///
  /// - Parameter time: seconds since 1970.
  static func timestamp(_ time: Double) -> ProtobufMessage {
    var message = ProtobufMessage()
    let seconds = time.rounded(.down)
    message.add(WandBField.Timestamp.seconds, Int(seconds))
    message.add(WandBField.Timestamp.nanos, Int((time - seconds) * 1e9))
    return message
  }
}

/// A value with the way to it.
enum WandBItem {
  static func message(_ keys: [String], _ value: JSONValue) -> ProtobufMessage {
    var item = ProtobufMessage()
    for key in keys { item.add(WandBField.Item.nestedKey, key) }
    item.add(WandBField.Item.valueJSON, value.pythonText())
    return item
  }
}

/// What is logged for a step.
struct WandBRow: Equatable {
  var step: Int
  /// Seconds since 1970.
  var time: Double
  var values: OrderedDictionary<String, JSONValue> = [:]

  /// The values and what wandb adds to them.
  ///
  /// - Parameter runtime: seconds the run has trained.
  func items(runtime: Double) -> [ProtobufMessage] {
    var all = values
    all["_timestamp"] = .double(time)
    all["_runtime"] = .double(runtime)
    all["_step"] = .int(step)
    return all.flatMap { key, value in
      // A dictionary, such as a video's, is stored by its members.
      value.objectValue.map { members in
        members.map { WandBItem.message([key, $0.key], $0.value) }
      } ?? [WandBItem.message([key], value)]
    }
  }
}
