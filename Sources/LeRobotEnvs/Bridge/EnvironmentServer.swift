import LeRobotCore
import Synchronization

/// A server of environments of Python: requests to it and its answers.
///
/// Whatever goes wrong with it is an error that says so in a line, with the last lines that it printed;
/// after that it answers nothing more. It ends with its last reference.
final class EnvironmentServer: Sendable {
  /// What is asked of a server, one request at a time.
  private struct State {
    var connection: ServerConnection
    /// Why nothing more can be asked.
    var failure: EnvironmentError?
  }

  /// The version of the protocol (Documentation/EnvironmentProtocol.md).
  static let version = 1

  private let process: ServerProcess
  private let state: Mutex<State>
  private let settings: BridgeSettings
  /// What is served, as messages name it.
  private let name: String

  /// Starts a server; it can be asked at once, and answers when it is ready.
  ///
  /// - Parameter name: what is served, as messages name it: `--env.type=metaworld`.
  init(_ settings: BridgeSettings, name: String) throws(EnvironmentError) {
    self.settings = settings
    self.name = name
    process = try ServerProcess(
      python: settings.python, server: settings.server, variables: settings.variables)
    state = Mutex(State(connection: ServerConnection(process)))
  }

  /// Waits for its greeting.
  func greet() throws(EnvironmentError) {
    try exchange { state throws(ServerSilence) in
      let greeting = try state.connection.receive(within: settings.startLimit)
      guard greeting["protocol"]?.intValue == Self.version else {
        throw .unreadable(
          reason: "it speaks version \(greeting["protocol"]?.pythonText() ?? "unknown") of the "
            + "protocol, not \(Self.version)")
      }
    }
  }

  /// Sends a request whose answer is awaited later.
  func send(_ request: JSONValue) throws(EnvironmentError) {
    try exchange { state throws(ServerSilence) in try state.connection.send(request) }
  }

  /// The answer to the request that was sent last.
  ///
  /// - Throws: `EnvironmentError.refused` for what the environment itself reports.
  func answer(within seconds: Double) throws(EnvironmentError) -> JSONValue {
    let answer = try exchange { state throws(ServerSilence) in
      try state.connection.receive(within: seconds)
    }
    if let error = answer["error"]?.stringValue {
      throw .refused(environment: name, reason: Self.line(error))
    }
    return answer
  }

  /// Asks for something and waits for it, within the limit of an environment's answer.
  func ask(_ request: JSONValue) throws(EnvironmentError) -> JSONValue {
    try send(request)
    return try answer(within: settings.answerLimit)
  }

  /// Bytes of the shared memory.
  ///
  /// - Parameter what: what they are, for the message where they are not there.
  func bytes(
    at offset: Int, count: Int, of what: String
  ) throws(EnvironmentError) -> [UInt8] {
    try exchange { [process] _ throws(ServerSilence) in
      guard let bytes = process.bytes(at: offset, count: count) else {
        throw .unreadable(reason: "\(what) lies outside its memory")
      }
      return bytes
    }
  }

  /// Reports an answer that no environment may give, and ends the server.
  func refuse(_ problem: String) throws(EnvironmentError) {
    try exchange { _ throws(ServerSilence) in throw .unreadable(reason: problem) }
  }

  // MARK: - Failures

  private func exchange<Value: Sendable>(
    _ body: (inout State) throws(ServerSilence) -> Value
  ) throws(EnvironmentError) -> Value {
    let result = state.withLock { state -> Result<Value, EnvironmentError> in
      if let failure = state.failure { return .failure(failure) }
      do throws(ServerSilence) {
        return .success(try body(&state))
      } catch {
        let failure = failure(error, &state)
        state.failure = failure
        return .failure(failure)
      }
    }
    return try result.get()
  }

  /// What happened, in a line; the process is dead after that.
  private func failure(_ silence: ServerSilence, _ state: inout State) -> EnvironmentError {
    let problem =
      switch silence {
      case .ended: "its Python ended, \(process.waitForEnding() ?? "or closed its socket")"
      case .late(let seconds):
        "it did not answer within \(JSONValue.double(seconds).pythonText()) seconds; give it "
          + "longer: --env.\(RunOptions.EnvironmentOptions.answerTimeoutKey)=SECONDS"
      case .unreadable(let reason): "its answer makes no sense: \(Self.line(reason))"
      }
    process.kill()
    state.connection.readPrinted()
    return .serverFailed(
      environment: name, python: settings.python, problem: problem,
      printed: state.connection.printed.last(3))
  }

  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
