import LeRobotCore
import LeRobotEnvs
import Synchronization

/// An environment in which everything follows from where an episode starts, the step and the
/// action: the twin of the one in `Fixtures/generate/environments/evaluation.py`.
package final class ScriptedEnvironment: Environment {
  /// Steps after which its episodes are cut off.
  package static let limit = 6

  package let actionWidth = 1
  package let framesPerSecond = 5
  /// Called before each step; may throw to break the simulation down.
  package var beforeStep: (_ start: Int, _ time: Int) throws(EnvironmentError) -> Void = { _, _ in }
  private var start = 5
  private var time = 0

  package init() {}

  package func reset(seed: UInt64?) -> EnvironmentObservation {
    start = seed.map { Int($0) } ?? start + 7
    time = 0
    return observation
  }

  package func step(_ action: [Double]) throws(EnvironmentError) -> EnvironmentStep {
    try beforeStep(start, time)
    time += 1
    let ended = time >= 3 + start % 5 && start % 4 != 3
    return EnvironmentStep(
      observation: observation,
      reward: 0.25 * action[0] - Double(start) / 8 + 0.01 * Double(time), terminated: ended,
      isSuccess: ended && start.isMultiple(of: 2))
  }

  package func render() -> EnvironmentImage {
    let level = UInt8((start * 5 + time) % 256)
    return EnvironmentImage(
      height: 16, width: 16, pixels: Array(repeating: level, count: 16 * 16 * 3))
  }

  private var observation: EnvironmentObservation {
    let first = start * 31 + time * 7
    let pixels = (0..<5 * 6 * 3).map { UInt8((first + $0) % 256) }
    return EnvironmentObservation(
      images: ["pixels": EnvironmentImage(height: 5, width: 6, pixels: pixels)],
      agentPosition: [Double(start) / 4, Double(time) / 8], environmentState: [Double(start)])
  }
}

/// The policy that goes with it: the nth action since a reset is larger by n/2.
package final class ScriptedPolicy: EvaluatedPolicy {
  /// The first observations it was given.
  package private(set) var first: Batch?
  /// Changes what the policy answers.
  package var changed: (HostTensor) throws -> HostTensor = { $0 }
  private var calls = 0

  package init() {}

  package func reset() { calls = 0 }

  package func act(_ observations: Batch) throws -> HostTensor {
    first = first ?? observations
    calls += 1
    let positions = observations["observation.state"]?.doubles ?? []
    let starts = observations["observation.environment_state"]?.doubles ?? []
    let actions = starts.indices.map { index in
      let (position, time) = (positions[2 * index], positions[2 * index + 1])
      return Float(position + 0.25 * time + 0.125 * starts[index] + 0.5 * Double(calls))
    }
    return try changed(HostTensor(actions, shape: [actions.count, 1]))
  }
}

/// Keeps the first byte of every frame it is given.
package final class FrameRecorder: VideoSink {
  /// What a file got: its frames' first bytes, its rate, whether it was completed.
  package struct Film: Equatable {
    package var path: String
    package var fps: Int
    package var firsts: [Int]
    package var isComplete = false
  }

  private let index: Int
  private let films: Films

  private init(_ index: Int, _ films: Films) {
    self.index = index
    self.films = films
  }

  package func add(_ frame: EnvironmentImage) {
    films.change { $0[index].firsts.append(Int(frame.pixels[0])) }
  }

  package func finish() {
    films.change { $0[index].isComplete = true }
  }

  /// The films of one evaluation.
  package final class Films: Sendable {
    private let list = Mutex([Film]())

    package init() {}

    /// In the order of their paths.
    package var all: [Film] { list.withLock { $0 }.sorted { $0.path < $1.path } }

    package func open(path: String, width: Int, height: Int, fps: Int) -> any VideoSink {
      let index = list.withLock { films in
        films.append(Film(path: path, fps: fps, firsts: []))
        return films.count - 1
      }
      return FrameRecorder(index, self)
    }

    fileprivate func change(_ body: (inout [Film]) -> Void) { list.withLock { body(&$0) } }
  }
}
