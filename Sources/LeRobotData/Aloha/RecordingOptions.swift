import Foundation
import LeRobotCore

/// What a folder of recordings may say of itself, in `recordings.json` beside them:
/// `{"fps": 50, "task": "Insert the peg."}`.
package struct RecordingOptions: Sendable, Equatable {
  /// Frames a second; ALOHA records 50.
  package var fps = 50.0
  /// The task sentence of every frame.
  package var task = ""

  package init() {}

  /// Reads the file; a missing one leaves the defaults.
  ///
  /// - Throws: `RecordingError.wrongOptions`.
  package init(file: String) throws(RecordingError) {
    guard FileManager.default.fileExists(atPath: file) else { return }
    guard let data = FileManager.default.contents(atPath: file),
      let json = try? JSONValue(parsing: data), let options = json.objectValue
    else { throw .wrongOptions(file: file, reason: "no JSON object") }
    for (key, value) in options {
      switch key {
      case "fps":
        guard let number = value.doubleValue, number > 0, number.isFinite else {
          throw .wrongOptions(file: file, reason: "fps is \(value.pythonText()), no rate")
        }
        fps = number
      case "task":
        guard let text = value.stringValue else {
          throw .wrongOptions(file: file, reason: "task is \(value.pythonText()), no sentence")
        }
        task = text
      default: throw .wrongOptions(file: file, reason: "\(key) is not known")
      }
    }
  }
}
