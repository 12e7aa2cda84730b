#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A process that serves environments, from its start to its end, with the descriptors that the two
/// share: a socket, memory, what it prints, and a pipe whose end tells it that this process is gone.
///
/// Ended, waited for and forgotten with its last reference.
final class ServerProcess: Sendable {
  /// Messages, in both directions.
  let socket: Int32
  /// Memory that it writes observations to.
  private let memory: Int32
  /// What it prints on either stream.
  let output: Int32
  private let lifeline: Int32
  private let identifier: pid_t

  /// Seconds that it has to close its environments.
  private static let endLimit: Int32 = 5

  /// The descriptors as the server sees them.
  private static let (itsSocket, itsMemory, itsLifeline): (Int32, Int32, Int32) = (3, 4, 5)

  /// Starts a server.
  ///
  /// - Throws: `EnvironmentError.failed` where the system refuses.
  init(python: String, server: String, variables: [String: String]) throws(EnvironmentError) {
    var opened: [Int32] = []
    do throws(EnvironmentError) {
      let messages = try Self.pair(&opened)
      let printed = try Self.pair(&opened)
      let life = try Self.pair(&opened)
      let memory = try Self.makeMemory()
      opened.append(memory)
      identifier = try Self.spawn(
        [python, "-u", server, "\(Self.itsSocket)", "\(Self.itsMemory)", "\(Self.itsLifeline)"],
        variables: variables,
        descriptors: [
          (printed.its, 1), (printed.its, 2), (messages.its, Self.itsSocket),
          (memory, Self.itsMemory), (life.its, Self.itsLifeline),
        ])
      for end in [messages, printed, life] { close(end.its) }
      (socket, self.memory, output, lifeline) = (messages.ours, memory, printed.ours, life.ours)
      _ = fcntl(output, F_SETFL, fcntl(output, F_GETFL) | O_NONBLOCK)
    } catch {
      opened.forEach { close($0) }
      throw error
    }
  }

  deinit {
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
    waitForOutputToEnd()
    // With the processes that it started itself.
    kill()
    waitpid(identifier, nil, 0)
    for descriptor in [lifeline, output, memory] { close(descriptor) }
  }

  /// Copies bytes out of the memory; nil where it does not hold them.
  ///
  /// Read and not mapped: a server that made the memory smaller would end this process by a mapping.
  func bytes(at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0 else { return nil }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let more = pread(
          memory, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if more <= 0 { return }
        filled += more
      }
    }
    return bytes.count == count ? bytes : nil
  }

  /// Kills it where it may no longer answer.
  func kill() { _ = Glibc.kill(-identifier, SIGKILL) }

  /// How it ended, `with status 1` or `by signal 9`, where it does so within a second.
  ///
  /// It stays to be waited for with the last reference.
  func waitForEnding() -> String? {
    for _ in 0..<1000 {
      var information = siginfo_t()
      guard waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else {
        return nil
      }
      let child = information._sifields._sigchld
      if child.si_pid == identifier {
        return information.si_code == CLD_EXITED
          ? "with status \(child.si_status)" : "by signal \(child.si_status)"
      }
      poll(nil, 0, 1)
    }
    return nil
  }

  /// Returns when nothing more can be printed, so that no end is waited for by sleeping.
  private func waitForOutputToEnd() {
    var waited = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    var bytes = [UInt8](repeating: 0, count: 1 << 12)
    while poll(&waited, 1, Self.endLimit * 1000) > 0 {
      if read(output, &bytes, bytes.count) <= 0 { return }
    }
  }
}

// MARK: - The start

extension ServerProcess {
  /// Two ends of a connection, which no other process inherits.
  private static func pair(
    _ opened: inout [Int32]
  ) throws(EnvironmentError) -> (ours: Int32, its: Int32) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw refusal("no connection") }
    ends = ends.map(moved)
    opened += ends
    return (ends[0], ends[1])
  }

  /// The descriptor under a number that none of the server's has.
  private static func moved(_ descriptor: Int32) -> Int32 {
    let high = fcntl(descriptor, F_DUPFD_CLOEXEC, 64)
    guard high >= 0 else { return descriptor }
    close(descriptor)
    return high
  }

  /// Memory that loses its name at once, and so is gone with those that use it.
  private static func makeMemory() throws(EnvironmentError) -> Int32 {
    let name = "/lerobot-train-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw refusal("no shared memory") }
    shm_unlink(name)
    return moved(descriptor)
  }

  private static func refusal(_ what: String) -> EnvironmentError {
    .failed(reason: "\(what) for a process of Python: \(String(cString: strerror(errno)))")
  }

  /// Starts a program in a process group of its own, which Ctrl-C does not reach.
  ///
  /// - Parameter descriptors: this process's, and under which numbers the other one has them.
  private static func spawn(
    _ command: [String], variables: [String: String], descriptors: [(Int32, Int32)]
  ) throws(EnvironmentError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (ours, its) in descriptors { posix_spawn_file_actions_adddup2(&actions, ours, its) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    let arguments = command.map { strdup($0) } + [nil]
    let environment = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { (arguments + environment).forEach { free($0) } }
    var identifier: pid_t = 0
    let code = posix_spawn(
      &identifier, command[0], &actions, &attributes, arguments, environment)
    guard code == 0 else {
      throw .serverDidNotStart(python: command[0], reason: String(cString: strerror(code)))
    }
    return identifier
  }
}
