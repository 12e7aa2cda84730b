import Dispatch
import Foundation
import LeRobotCore
import Synchronization

/// What a step of several environments led to; one element for each.
package struct VectorStep: Sendable, Equatable {
  /// After the step; where an episode ended, the first of the next one.
  package var observations: [EnvironmentObservation]
  package var rewards: [Double]
  /// An episode ended in this step, by itself or by the time limit.
  package var ended: [Bool]
  /// Whether the episode that ended was a success; false where none ended.
  package var successes: [Bool]
}

/// Several environments that act side by side, each on a thread of its own, on which it is also
/// made and ended: contexts of OpenGL belong to a thread. Those that share a process of Python share
/// a thread too, on which they act in their order: they may share a generator.
///
/// gymnasium 1.4 `vector/sync_vector_env.py` in the mode `SAME_STEP`, with `TimeLimit` around each
/// environment: an episode that ends is followed at once by the next, from the environment's own
/// generator. In the mode `NEXT_STEP`, for environments that ask for it, the next episode begins with
/// the next step, whose action is dropped and whose reward is zero. How many threads there are shows
/// in nothing but time.
package final class VectorEnvironment {
  /// Steps after which an episode is cut off (`_max_episode_steps`).
  package let episodeLength: Int
  /// Numbers in an action.
  package let actionWidth: Int
  private let places: [Place]
  /// As many environments act at once as there are cores.
  private let cores = DispatchSemaphore(value: ProcessInfo.processInfo.activeProcessorCount)

  /// - Parameters:
  ///   - episodeLength: nil takes what the first environment says.
  ///   - sharesThread: whether one thread serves all environments, in their order.
  ///   - make: makes one environment; called `count` times, never twice at once, each time by the
  ///     thread on which that environment will live.
  package init(
    count: Int, episodeLength: Int? = nil, sharesThread: Bool = false,
    make: () throws(EnvironmentError) -> any Environment
  ) throws(EnvironmentError) {
    var places: [Place] = []
    do throws(EnvironmentError) {
      for _ in 0..<count {
        let thread = sharesThread ? places.first?.thread : nil
        places.append(try Place(episodeLength: episodeLength, on: thread, make: make))
      }
    } catch {
      places.forEach { $0.end() }
      throw error
    }
    self.places = places
    self.episodeLength = places.first?.episodeLength ?? episodeLength ?? 0
    actionWidth = places.first?.actionWidth ?? 0
  }

  deinit { places.forEach { $0.end() } }

  package var count: Int { places.count }

  /// Begins an episode in each environment.
  ///
  /// - Parameters:
  ///   - seeds: one for each; nil leaves their generators as they are.
  ///   - videos: record the episodes that begin, the first one in the first environment and so on.
  package func reset(
    seeds: [UInt64]?, videos: [EpisodeVideo] = []
  ) throws(EnvironmentError) -> [EnvironmentObservation] {
    for (index, place) in places.enumerated() {
      place.video = videos.indices.contains(index) ? videos[index] : nil
    }
    return try onThreads { (place, index) throws(EnvironmentError) in
      try place.reset(seed: seeds?[index])
    }
  }

  /// Acts once in each environment.
  ///
  /// - Parameter actions: one for each, in the environment's own units.
  package func step(_ actions: [[Double]]) throws(EnvironmentError) -> VectorStep {
    precondition(
      actions.count == count, "VectorEnvironment: \(actions.count) actions for \(count) places")
    let steps = try onThreads { (place, index) throws(EnvironmentError) in
      try place.step(actions[index])
    }
    return VectorStep(
      observations: steps.map(\.observation), rewards: steps.map(\.reward),
      ended: steps.map { $0.terminated || $0.truncated }, successes: steps.map(\.isSuccess))
  }

  /// Calls `body` for every place on its thread; the first error in the order of places is thrown
  /// when all have returned.
  private func onThreads<Value: Sendable>(
    _ body: @escaping @Sendable (Place, Int) throws(EnvironmentError) -> Value
  ) throws(EnvironmentError) -> [Value] {
    let results = Shared<[Int: Result<Value, EnvironmentError>]>([:])
    let group = DispatchGroup()
    for (index, place) in places.enumerated() {
      group.enter()
      place.thread.add { [cores] in
        cores.wait()
        let result = Result { () throws(EnvironmentError) in try body(place, index) }
        cores.signal()
        results.value.withLock { $0[index] = result }
        group.leave()
      }
    }
    group.wait()
    let ordered = results.value.withLock { results in places.indices.compactMap { results[$0] } }
    var values: [Value] = []
    for result in ordered { values.append(try result.get()) }
    return values
  }
}

/// One environment on its thread, with its clock and, in its first episode after a reset, a video.
///
/// `@unchecked Sendable`: a `VectorEnvironment` gives work to each of its places' threads and waits
/// for all of it before it touches the places again.
private final class Place: @unchecked Sendable {
  let thread: SerialThread
  /// Touched by the place's thread alone; nil after the end.
  private var kept: (any Environment)?
  private(set) var episodeLength: Int
  private(set) var actionWidth = 0
  private var resetsWithNextStep = false
  private var elapsed = 0
  /// Whether the next step begins an episode.
  private var isOver = false
  var video: EpisodeVideo?

  /// - Parameter thread: where it lives; nil for a thread of its own.
  init(
    episodeLength: Int?, on thread: SerialThread?,
    make: () throws(EnvironmentError) -> any Environment
  ) throws(EnvironmentError) {
    guard let thread = thread ?? SerialThread() else {
      throw .failed(reason: "the system has no thread left for an environment")
    }
    self.thread = thread
    self.episodeLength = episodeLength ?? 0
    try thread.run { () throws(EnvironmentError) in
      let environment = try make()
      kept = environment
      actionWidth = environment.actionWidth
      resetsWithNextStep = environment.resetsWithNextStep
      self.episodeLength = episodeLength ?? environment.episodeLength ?? 0
    }
  }

  /// Lets the environment go, on its thread, and waits for that.
  func end() { thread.run { kept = nil } }

  private var environment: any Environment {
    guard let kept else { preconditionFailure("VectorEnvironment: an environment that ended acts") }
    return kept
  }

  func reset(seed: UInt64?) throws(EnvironmentError) -> EnvironmentObservation {
    elapsed = 0
    isOver = false
    let observation = try environment.reset(seed: seed)
    video?.record(environment)
    return observation
  }

  func step(_ action: [Double]) throws(EnvironmentError) -> EnvironmentStep {
    guard action.allSatisfy(\.isFinite) else { throw .actionNotFinite(action: action) }
    if isOver {
      isOver = false
      return EnvironmentStep(
        observation: try environment.reset(seed: nil), reward: 0, terminated: false,
        isSuccess: false)
    }
    var step = try environment.step(action)
    elapsed += 1
    if elapsed >= episodeLength { step.truncated = true }
    guard step.terminated || step.truncated else {
      video?.record(environment)
      step.isSuccess = false
      return step
    }
    video?.finish()
    video = nil
    elapsed = 0
    isOver = resetsWithNextStep
    if !isOver { step.observation = try environment.reset(seed: nil) }
    return step
  }
}
