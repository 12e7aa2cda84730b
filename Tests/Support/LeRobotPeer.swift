import Foundation
import LeRobotCore

/// The Python that has LeRobot 0.4.2, where `LEROBOT_PEER` names its environment.
package enum LeRobotPeer {
  package static let folder = ProcessInfo.processInfo.environment["LEROBOT_PEER"]
  package static var python: String { "\(folder ?? "")/bin/python" }

  /// Whether it has a module besides.
  package static func has(_ module: String) -> Bool {
    guard folder != nil else { return false }
    let code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('\(module)') is None)"
    return (try? CommandRun([python, "-c", code]))?.status == 0
  }
}
