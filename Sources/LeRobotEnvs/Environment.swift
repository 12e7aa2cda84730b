import LeRobotCore
import OrderedCollections

/// A picture of an environment.
package struct EnvironmentImage: Sendable, Equatable {
  package let height: Int
  package let width: Int
  /// Red, green, blue, 0…255: [H, W, 3].
  package internal(set) var pixels: [UInt8]

  package init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(
      pixels.count == height * width * 3,
      "EnvironmentImage: \(pixels.count) bytes do not fill [\(height), \(width), 3]")
    self.height = height
    self.width = width
    self.pixels = pixels
  }
}

/// What an environment shows of itself at one moment.
package struct EnvironmentObservation: Sendable, Equatable {
  /// Cameras under gymnasium's names: `pixels` where there is one, `pixels/top` and the like
  /// where there may be several; or under a dataset's names, which begin with `observation.`.
  package var images: OrderedDictionary<String, EnvironmentImage>
  /// `agent_pos` [D], in the environment's own units.
  package var agentPosition: [Double]?
  /// `environment_state` [D], in the environment's own units.
  package var environmentState: [Double]?
  /// Numbers under a dataset's names, float32, without a batch axis.
  package var features: NamedTensors
  /// What is to be done, in words; empty where the environment has none.
  package var instruction: String

  package init(
    images: OrderedDictionary<String, EnvironmentImage> = [:], agentPosition: [Double]? = nil,
    environmentState: [Double]? = nil, features: NamedTensors = [:], instruction: String = ""
  ) {
    self.images = images
    self.agentPosition = agentPosition
    self.environmentState = environmentState
    self.features = features
    self.instruction = instruction
  }
}

/// What an action led to.
package struct EnvironmentStep: Sendable, Equatable {
  package var observation: EnvironmentObservation
  package var reward: Double
  /// The episode has come to its natural end.
  package var terminated: Bool
  /// The episode was cut off.
  package var truncated: Bool
  /// gymnasium's `is_success`.
  package var isSuccess: Bool

  package init(
    observation: EnvironmentObservation, reward: Double, terminated: Bool, truncated: Bool = false,
    isSuccess: Bool
  ) {
    self.observation = observation
    self.reward = reward
    self.terminated = terminated
    self.truncated = truncated
    self.isSuccess = isSuccess
  }
}

/// One simulated world (gymnasium's `Env`), made by `makeEnvironment` from its configuration.
///
/// Made, used and let go by one thread, which may serve other environments too: an implementation
/// may own what belongs to a thread, such as a context of OpenGL, and shares nothing that changes
/// with another instance.
package protocol Environment: AnyObject {
  /// Numbers in an action.
  var actionWidth: Int { get }
  /// Frames a second of its videos (gymnasium's `render_fps`).
  var framesPerSecond: Int { get }
  /// Steps after which an episode is cut off, where the environment itself says so.
  var episodeLength: Int? { get }
  /// Whether a vector of such environments begins the next episode with the step after the last one
  /// (gymnasium's `AutoresetMode.NEXT_STEP`), and not in that step (`SAME_STEP`).
  var resetsWithNextStep: Bool { get }

  /// Begins an episode.
  ///
  /// - Parameter seed: seeds the environment's generator (that of its original); nil leaves it as it
  ///   is, or seeds it at random where it never had a seed.
  func reset(seed: UInt64?) throws(EnvironmentError) -> EnvironmentObservation
  /// Acts once. The caller enforces time limits.
  ///
  /// - Parameter action: [`actionWidth`], in the environment's own units.
  /// - Throws: `EnvironmentError.actionNotFinite` rather than simulate a NaN.
  func step(_ action: [Double]) throws(EnvironmentError) -> EnvironmentStep
  /// A picture for the video, without consequences.
  func render() throws(EnvironmentError) -> EnvironmentImage
}

extension Environment {
  package var episodeLength: Int? { nil }
  package var resetsWithNextStep: Bool { false }
}
