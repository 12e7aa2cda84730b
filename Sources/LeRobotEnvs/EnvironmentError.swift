/// What can go wrong with an environment.
package enum EnvironmentError: Error, Equatable {
  /// There is a configuration of this environment, but nothing here that simulates it.
  case notSimulated(type: String)
  /// The simulator's library cannot be opened; `package` is what brings it.
  case libraryMissing(library: String, reason: String, package: String)
  /// Pictures are asked for and there is no way to draw them; `otherwise` is what needs none.
  case noRendering(reason: String, otherwise: String)
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
  /// The user named no Python, or one that is none.
  case noPython(named: String?)
  /// The program that serves environments is not where it was installed.
  case noServer(folder: String)
  /// The system does not start the Python.
  case serverDidNotStart(python: String, reason: String)
  /// The server ended, is late, or answers nonsense; `printed` are the last lines that it printed.
  case serverFailed(environment: String, python: String, problem: String, printed: String)
  /// What the environment itself, or LeRobot, reports.
  case refused(environment: String, reason: String)
  /// Code of a repository may not run.
  case remoteCode(repository: String)
}

extension EnvironmentError: CustomStringConvertible {
  package var description: String { text(trains: true) }

  /// What is wrong, and the remedy, in a line.
  ///
  /// - Parameter trains: whether a training may leave its evaluations out.
  package func text(trains: Bool) -> String {
    let without = trains ? ", or train without evaluation (--eval_freq=0)" : ""
    return switch self {
    case .notSimulated(let type):
      "--env.type=\(type): this release does not simulate it; use aloha or pusht" + without
    case .libraryMissing(let library, let reason, let package):
      "\(library) cannot be opened (\(reason)); install \(package)" + without
    case .unsuitable(let problem):
      "\(problem); choose an environment like the dataset's" + without
    case .noRendering(let reason, let otherwise):
      "\(reason); set MUJOCO_GL=egl or MUJOCO_GL=osmesa, or \(otherwise)"
    case .unknownOption(let key, let value, let known):
      "--env.\(key)=\(value): the environment has \(known.joined(separator: ", "))"
    case .notPositive(let option, let value):
      "\(option)=\(value): must be at least 1"
    case .actionNotFinite(let action):
      "the policy's action \(action) is not finite; train it with a lower learning rate"
    case .failed(let reason):
      "the simulation failed: \(reason)"
    case .noPython(let named?):
      "LEROBOT_PYTHON=\(named): there is no Python; name a program such as ENVIRONMENT/bin/python"
    case .noPython:
      "the environment runs in a Python, and none is active; activate the one that has it, or name "
        + "it: LEROBOT_PYTHON=ENVIRONMENT/bin/python"
    case .noServer(let folder):
      "environment_server.py is missing in \(folder); install the program again"
    case .serverDidNotStart(let python, let reason):
      "\(python) does not start (\(reason)); name another Python with LEROBOT_PYTHON"
    case .serverFailed(let environment, let python, let problem, let printed):
      "\(environment), in \(python): \(problem)"
        + (printed.isEmpty ? "; it printed nothing" : "; it last printed: \(printed)")
    case .refused(let environment, let reason):
      "\(environment): \(reason)"
    case .remoteCode(let repository):
      "--env.type=\(repository) runs code of that repository; read it, then give "
        + "--env.trust_remote_code=true"
    }
  }
}
