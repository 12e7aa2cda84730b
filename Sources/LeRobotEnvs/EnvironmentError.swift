/// What can go wrong with an environment.
package enum EnvironmentError: Error, Equatable {
  /// There is a configuration of this environment, but nothing here that simulates it.
  case notSimulated(type: String)
  /// The simulator's library cannot be opened; `package` is what brings it.
  case libraryMissing(library: String, reason: String, package: String)
  /// Pictures are asked for and there is no way to draw them.
  case noRendering(reason: String)
  /// A field of the configuration has a value the environment does not know.
  case unknownOption(key: String, value: String, known: [String])
  /// An option that counts something is zero or less.
  case notPositive(option: String, value: Int)
  /// What the environment shows or takes is not what the policy was made for.
  case unsuitable(problem: String)
  /// The policy's action is NaN or infinite.
  case actionNotFinite(action: [Double])
  /// The simulation itself broke down.
  case failed(reason: String)
}

extension EnvironmentError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notSimulated(let type):
      "--env.type=\(type): this release does not simulate it; \(Self.without), or use aloha or pusht"
    case .libraryMissing(let library, let reason, let package):
      "\(library) cannot be opened (\(reason)); install \(package), or \(Self.without)"
    case .noRendering(let reason):
      "\(reason); set MUJOCO_GL=egl or MUJOCO_GL=osmesa, or choose "
        + "--env.obs_type=environment_state_agent_pos"
    case .unknownOption(let key, let value, let known):
      "--env.\(key)=\(value): the environment has \(known.joined(separator: ", "))"
    case .notPositive(let option, let value):
      "\(option)=\(value): must be at least 1"
    case .unsuitable(let problem):
      "\(problem); choose an environment like the dataset's, or \(Self.without)"
    case .actionNotFinite(let action):
      "the policy's action \(action) is not finite; train it with a lower learning rate"
    case .failed(let reason):
      "the simulation failed: \(reason)"
    }
  }

  private static let without = "train without evaluation (--eval_freq=0)"
}
