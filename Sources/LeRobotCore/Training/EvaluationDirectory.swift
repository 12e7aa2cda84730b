/// The folder that `--evaluate` writes to (LeRobot `scripts/lerobot_eval.py`).
package struct EvaluationDirectory: Sendable {
  static let result = "eval_info.json"

  package let path: String

  package init(path: String) {
    self.path = path
  }

  /// Every episode's numbers.
  package var resultFile: String { "\(path)/\(Self.result)" }
  package var videos: String { "\(path)/videos" }
}
