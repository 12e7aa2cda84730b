import LeRobotCore
import OrderedCollections

/// ALOHA: two arms of seven joints over a table; the same states, rewards and pictures as gym_aloha
/// 0.1.5 on MuJoCo 3.3.7.
///
/// An action holds the targets of the joints, [14]: for the left arm, then the right one, six
/// angles in radians and how far the gripper opens, 0…1.
package final class AlohaEnvironment: Environment {
  package let actionWidth = 14
  package let framesPerSecond = 50

  /// The arms at the start of an episode: for each six angles, and both fingers of its gripper.
  private static let start: [Double] = [
    0, -0.96, 1.16, 0, -0.3, 0, 0.02239, -0.02239, 0, -0.96, 1.16, 0, -0.3, 0, 0.02239, -0.02239,
  ]
  /// Of the model, 2 ms each.
  private static let stepsPerAction = 10

  private let settings: AlohaSettings
  private let simulation: MuJoCoSimulation
  private let reward: AlohaReward
  /// Made for the first picture: an episode without any needs no OpenGL.
  private var renderer: MuJoCoRenderer?
  /// The pictures of this moment.
  private var drawn: [Picture: EnvironmentImage] = [:]

  private struct Picture: Hashable {
    var camera: String
    var size: PictureSize
  }

  /// - Throws: `EnvironmentError.unknownOption`, `libraryMissing` or `failed`.
  package convenience init(_ config: EnvironmentConfig) throws(EnvironmentError) {
    try self.init(AlohaSettings(config), assets: AlohaAssets(), library: .open())
  }

  /// - Throws: `EnvironmentError.failed` where the assets are not gym_aloha's.
  package init(
    _ settings: AlohaSettings, assets: AlohaAssets, library: MuJoCoLibrary
  ) throws(EnvironmentError) {
    self.settings = settings
    simulation = try MuJoCoSimulation(
      file: "\(assets.folder)/\(settings.task.modelFile)", library: library)
    reward = try AlohaReward(settings.task, in: simulation)
  }

  /// Begins an episode. Each draws from a generator of its own, `RandomState(seed)`; without a seed
  /// from one that the system seeds, as in gym_aloha.
  package func reset(seed: UInt64?) throws(EnvironmentError) -> EnvironmentObservation {
    guard let number = UInt32(exactly: seed ?? UInt64(UInt32.random(in: 0...UInt32.max))) else {
      throw .failed(reason: "ALOHA's generator takes no seed above \(UInt32.max)")
    }
    var generator = NumPyGenerator(seed: number)
    let poses = settings.task.drawPoses(&generator)
    drawn = [:]
    try simulation.reset { simulation in
      let (positions, controls) = (simulation.positions, simulation.controls)
      for (joint, value) in Self.start.enumerated() {
        positions[joint] = value
        controls[joint] = value
      }
      for (index, value) in poses.enumerated() {
        positions[positions.count - poses.count + index] = value
      }
    }
    return try observe(settings.observation)
  }

  package func step(_ action: [Double]) throws(EnvironmentError) -> EnvironmentStep {
    guard action.count == actionWidth else {
      throw .unsuitable(problem: "ALOHA's actions have \(actionWidth) numbers, not \(action.count)")
    }
    // As the policy's float32 gave it to gym_aloha.
    let targets = action.map { Float($0) }
    guard targets.allSatisfy(\.isFinite) else { throw .actionNotFinite(action: action) }
    drawn = [:]
    control(targets)
    try simulation.advance(Self.stepsPerAction)
    let reward = reward(simulation.contacts)
    let succeeded = reward == AlohaTask.largestReward
    return EnvironmentStep(
      observation: try observe(settings.observation), reward: Double(reward),
      terminated: succeeded, isSuccess: succeeded)
  }

  /// Six angles, then a gripper's opening for each of its two fingers, in metres.
  private func control(_ targets: [Float]) {
    let controls = simulation.controls
    for arm in 0..<2 {
      for joint in 0..<6 { controls[arm * 8 + joint] = Double(targets[arm * 7 + joint]) }
      let opening = Gripper.metres(targets[arm * 7 + 6])
      controls[arm * 8 + 6] = Double(opening)
      controls[arm * 8 + 7] = Double(-opening)
    }
  }

  // MARK: - Observations

  /// Positions and velocities of everything (MuJoCo's `qpos` and `qvel`).
  package var fullState: (positions: [Double], velocities: [Double]) {
    (Array(simulation.positions), Array(simulation.velocities))
  }

  /// An observation of another kind than the settings ask for, of the same moment.
  package func observe(
    _ kind: AlohaSettings.ObservationKind
  ) throws(EnvironmentError) -> EnvironmentObservation {
    var observation = EnvironmentObservation()
    if kind != .environmentState {
      for (name, camera) in settings.cameras {
        observation.images[name] = try image(camera, settings.observationSize)
      }
    }
    if kind != .pixels { observation.agentPosition = agentPosition }
    if kind == .environmentState {
      observation.environmentState = Array(simulation.positions[Self.start.count...])
    }
    return observation
  }

  /// For each arm six angles in radians, and how far the gripper is open, 0…1 [14].
  private var agentPosition: [Double] {
    let positions = simulation.positions
    return [0, 8].flatMap { first in
      positions[first..<first + 6] + [Gripper.opening(positions[first + 6])]
    }
  }

  // MARK: - Pictures

  package func render() throws(EnvironmentError) -> EnvironmentImage {
    try image(AlohaSettings.videoCamera, AlohaSettings.pictureSize)
  }

  /// What draws: OpenGL's renderer and version.
  package func rendererName() throws(EnvironmentError) -> String { try openRenderer().name }

  private func image(
    _ camera: String, _ size: PictureSize
  ) throws(EnvironmentError) -> EnvironmentImage {
    let picture = Picture(camera: camera, size: size)
    if let image = drawn[picture] { return image }
    guard let number = simulation.camera(camera) else {
      throw .failed(reason: "\(settings.task.modelFile) has no camera \(camera)")
    }
    let image = try openRenderer().image(camera: number, size: size)
    drawn[picture] = image
    return image
  }

  private func openRenderer() throws(EnvironmentError) -> MuJoCoRenderer {
    if let renderer { return renderer }
    let (observed, filmed) = (settings.observationSize, AlohaSettings.pictureSize)
    let isObserved = settings.observation != .environmentState
    let made = try MuJoCoRenderer(
      simulation,
      largest: PictureSize(
        width: max(observed.width, filmed.width), height: max(observed.height, filmed.height)),
      graphics: .open(for: isObserved ? .observations : .videos))
    renderer = made
    return made
  }
}

/// A gripper's opening, as a share of its range and in metres (gym_aloha `constants.py`).
private enum Gripper {
  private static let closed = 0.01844
  private static let open = 0.05800

  /// In float32, as NumPy computes it there from a float32 action.
  static func metres(_ share: Float) -> Float { share * Float(open - closed) + Float(closed) }

  static func opening(_ metres: Double) -> Double { (metres - closed) / (open - closed) }
}
