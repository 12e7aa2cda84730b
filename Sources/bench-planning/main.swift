// Seconds that a TD-MPC of default size takes to plan an action: one JSON object on stdout. Scripts/bench
// runs it beside LeRobot's in turn.
//
//   bench-planning [SECONDS]
import Fast
import Foundation
import LeRobotCore

/// A policy that looks at a picture of 96 by 96 and two numbers, and plans every action.
func makeConfig() -> TDMPCConfig {
  var config = TDMPCConfig()
  config.actionRepeatCount = 1
  config.common.inputFeatures = [
    "observation.image": PolicyFeature(type: .visual, shape: [3, 96, 96]),
    "observation.state": PolicyFeature(type: .state, shape: [2]),
  ]
  config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
  return config
}

/// Seconds of the clock for an action of each of so many environments.
///
/// - Parameter least: how long to repeat it.
func seconds(environments: Int, least: Double) throws -> Double {
  let config = makeConfig()
  let backend = try FastBackend(device: "cpu")
  try backend.seed(1000)
  let learner = try backend.makeLearner(
    policy: PolicyConfig(config), optimizer: config.optimizerPreset)
  var observation = Batch()
  for (key, feature) in config.common.inputFeatures {
    let shape = [environments] + feature.shape
    let numbers = Array(repeating: Float(0.5), count: shape.reduce(1, *))
    observation[key] = HostTensor(numbers, shape: shape)
  }
  _ = try learner.selectAction(observation)
  let clock = ContinuousClock()
  let start = clock.now
  var (count, elapsed) = (0, 0.0)
  while elapsed < least {
    _ = try learner.selectAction(observation)
    count += 1
    elapsed = Double((clock.now - start) / .microseconds(1)) / 1e6
  }
  return elapsed / Double(count)
}

do {
  let least = CommandLine.arguments.dropFirst().first.flatMap { Double($0) } ?? 5
  let found = [
    "1 environment": try seconds(environments: 1, least: least),
    "10 environments": try seconds(environments: 10, least: least),
  ]
  print(String(decoding: try JSONEncoder().encode(found), as: UTF8.self))
} catch {
  FileHandle.standardError.write(Data("bench-planning: \(error)\n".utf8))
  exit(1)
}
