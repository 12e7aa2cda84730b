import LeRobotCore

/// The environment that a configuration describes (LeRobot `envs/factory.py`, `make_env`).
///
/// - Throws: `EnvironmentError.notSimulated` for those LeRobot has and this release lacks,
///   `libraryMissing` where the simulator is not installed.
package func makeEnvironment(
  _ config: EnvironmentConfig
) throws(EnvironmentError) -> any Environment {
  switch config.type {
  case "aloha": try AlohaEnvironment(config)
  case "pusht": try PushTEnvironment(config)
  default: throw .notSimulated(type: config.type)
  }
}
