import LeRobotCore

/// A run's settings for TensorBoard's HPARAMS tab, which compares runs (tensorboard
/// `plugins/hparams/plugin_data.proto`).
///
/// Shown are the settings by which runs are compared first, and all others that are not the default.
/// Without a description of the experiment the tab takes every scalar of a run as a metric.
enum RunHyperparameters {
  private static let compared: Set = [
    "policy.type", "dataset.repo_id", "batch_size", "steps", "seed", "optimizer.lr",
    "optimizer.weight_decay",
  ]
  /// Where a run lies and how it is watched is nothing that it is compared by.
  private static let leftOut: Set = ["output_dir", "job_name", "resume", "config_path"]

  /// What the run begins with.
  static func start(_ description: RunDescription) -> ProtobufMessage {
    var content = ProtobufMessage()
    content.add(3) { info in
      for setting in description.settings where isShown(setting) {
        guard let value = message(setting.value) else { continue }
        // An entry of a map: key and value.
        info.add(1) { entry in
          entry.add(1, setting.option)
          entry.add(2, value)
        }
      }
      if let began = description.began { info.add(5, began) }
    }
    return SummaryValue.hyperparameters("_hparams_/session_start_info", content)
  }

  /// How the run ended; nil where it can be resumed.
  static func end(_ ending: RunEnding, time: Double) -> ProtobufMessage? {
    switch ending {
    case .finished: end(.success, time: time)
    case .failed: end(.failure, time: time)
    case .interrupted: nil
    }
  }

  /// `Status` of `plugins/hparams/api.proto`.
  private enum Status: Int {
    case success = 1
    case failure = 2
  }

  private static func end(_ status: Status, time: Double) -> ProtobufMessage {
    var content = ProtobufMessage()
    content.add(4) { info in
      info.add(1, status.rawValue)
      info.add(2, time)
    }
    return SummaryValue.hyperparameters("_hparams_/session_end_info", content)
  }

  private static func isShown(_ setting: ConfigSetting) -> Bool {
    if compared.contains(setting.option) { return true }
    return setting.origin != "default" && !leftOut.contains(setting.option)
  }

  /// `google.protobuf.Value`; nil for lists, objects and null, which the tab does not show.
  private static func message(_ value: JSONValue) -> ProtobufMessage? {
    var message = ProtobufMessage()
    switch value {
    case .int(let number): message.add(2, Double(number))
    case .double(let number): message.add(2, number)
    case .string(let text): message.add(3, text)
    case .bool(let isTrue): message.add(4, isTrue)
    case .null, .array, .object: return nil
    }
    return message
  }
}
