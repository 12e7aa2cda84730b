import Foundation
import LeRobotCore

/// Modules that take the place of Python's simulators: `Tests/StandIns`.
package enum StandIns {
  /// The Python on the path, where it has NumPy.
  package static let python: String? = {
    let code = "import sys, numpy; print(sys.executable)"
    guard FakeServer.python != nil, let run = try? CommandRun(["python3", "-c", code]),
      run.status == 0
    else { return nil }
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }()

  /// The folder of some of them, for `PYTHONPATH`.
  package static func folder(_ name: String = "") -> String {
    RepositoryFiles.root.appending(path: "Tests/StandIns/\(name)").path
  }

  /// The variables of a program whose environments run in that Python, with a gymnasium that has one
  /// environment, `Tests/StandIns/plain/gymnasium/reach.py`.
  package static var variables: [String: String] {
    [
      "LEROBOT_PYTHON": python ?? "", "PYTHONPATH": folder("plain"),
      "PYTHONDONTWRITEBYTECODE": "1", "HF_HUB_OFFLINE": "1",
    ]
  }

  /// The options of that environment, which fits `TrainingProgram.tiny`.
  ///
  /// - Parameters:
  ///   - log: the file to which it says what happens, and which its processes lock.
  ///   - fault: what goes wrong once.
  package static func reach(log: String, fault: String = "") -> [String] {
    let options: JSONValue = ["log": .string(log), "fault": .string(fault)]
    return [
      "--env.type=gymnasium", "--env.task=StandIn/Reach-v0", "--env.episode_length=6",
      "--env.kwargs=\(options.pythonText())", "--eval.n_episodes=4", "--eval.batch_size=2",
    ]
  }

  /// Whether none of the processes that wrote a log lives.
  package static func areOver(_ log: String) -> Bool {
    let file = open(log, O_RDONLY)
    defer { close(file) }
    return file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0
  }

  /// Waits until none of them lives; false where one still does after a minute.
  package static func wait(forEndOf log: String) -> Bool {
    let end = Date.now + 60
    while !areOver(log) {
      if Date.now > end { return false }
      usleep(1_000)
    }
    return true
  }
}
