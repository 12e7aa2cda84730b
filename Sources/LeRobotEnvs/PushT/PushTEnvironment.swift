import Foundation
import LeRobotCore

/// PushT: a round agent pushes a T onto its goal; the same states, rewards and pixels as
/// gym_pusht 0.1.x.
///
/// An action is the target of the agent, [2], pixels of the 512 by 512 field.
package final class PushTEnvironment: Environment {
  package let actionWidth = 2
  package let framesPerSecond = 10

  /// The coverage that ends an episode as a success.
  private static let successThreshold = 0.95

  private let settings: PushTSettings
  private let library: ChipmunkLibrary
  private var generator: PCG64Generator
  private var world: PushTWorld
  private var painter = PushTPainter()
  /// Whether the painter's picture is of this moment.
  private var isDrawn = false
  private let observationView: PushTView
  private let visualizationView: PushTView
  /// Outlives the episode, as in gym_pusht: a video's first picture shows the last one's target.
  private var lastAction: SIMD2<Float>?

  /// - Throws: `EnvironmentError.unknownOption` or `libraryMissing`.
  package convenience init(_ config: EnvironmentConfig) throws(EnvironmentError) {
    self.init(try PushTSettings(config), library: try ChipmunkLibrary.open())
  }

  package init(_ settings: PushTSettings, library: ChipmunkLibrary) {
    self.settings = settings
    self.library = library
    generator = PCG64Generator(seed: .random(in: 0...UInt64.max))
    world = Self.drawWorld(&generator, library)
    observationView = PushTView(of: painter, size: settings.observationSize)
    visualizationView = PushTView(of: painter, size: settings.visualizationSize)
  }

  /// Agent within 50…449, block within 100…399, any angle (gym_pusht `reset`).
  private static func drawWorld(
    _ generator: inout PCG64Generator, _ library: ChipmunkLibrary
  ) -> PushTWorld {
    func draw(_ range: Range<Int>) -> Double { Double(generator.integer(in: range)) }
    let agent = SIMD2(draw(50..<450), draw(50..<450))
    let position = SIMD2(draw(100..<400), draw(100..<400))
    let angle = generator.uniform(from: -.pi, to: .pi)
    return PushTWorld(
      agent: agent, block: PushTPose(position: position, angle: angle), library: library)
  }

  package func reset(seed: UInt64?) -> EnvironmentObservation {
    if let seed { generator = PCG64Generator(seed: seed) }
    world = Self.drawWorld(&generator, library)
    isDrawn = false
    return observe(settings.observation)
  }

  package func step(_ action: [Double]) throws(EnvironmentError) -> EnvironmentStep {
    precondition(action.count == actionWidth, "PushT: an action of \(action.count) numbers, not 2")
    // As the policy's float32 gave it to gym_pusht.
    let target = SIMD2(Float(action[0]), Float(action[1]))
    guard target.x.isFinite, target.y.isFinite else { throw .actionNotFinite(action: action) }
    lastAction = target
    world.act(toward: SIMD2<Double>(target))
    isDrawn = false
    let coverage = PushTBlock.coverage(world.state.block)
    let succeeded = coverage > Self.successThreshold
    return EnvironmentStep(
      observation: observe(settings.observation),
      reward: min(max(coverage / Self.successThreshold, 0), 1),
      terminated: succeeded, isSuccess: succeeded)
  }

  package func render() -> EnvironmentImage {
    draw()
    var image = visualizationView.image(of: painter)
    if let lastAction { mark(lastAction, on: &image) }
    return image
  }

  // MARK: - Observations

  /// Positions, velocities and angles of agent and block: x, y, vx, vy, then x, y, angle, vx, vy,
  /// angular velocity [10].
  package var fullState: [Double] {
    let state = world.state
    let (agent, block) = (state.agent, state.block)
    let (moving, pushed) = (state.agentVelocity, state.blockVelocity)
    return [
      agent.x, agent.y, moving.x, moving.y, block.position.x, block.position.y, block.angle,
      pushed.x, pushed.y, state.blockAngularVelocity,
    ]
  }

  /// An observation of another kind than the settings ask for, of the same moment.
  package func observe(_ kind: PushTSettings.ObservationKind) -> EnvironmentObservation {
    let state = world.state
    let agent = [state.agent.x, state.agent.y]
    switch kind {
    case .pixels:
      return EnvironmentObservation(images: ["pixels": observedImage()])
    case .pixelsAndAgentPosition:
      return EnvironmentObservation(images: ["pixels": observedImage()], agentPosition: agent)
    case .environmentState:
      let corners = PushTBlock.placed(state.block).flatMap(\.corners)
      return EnvironmentObservation(
        agentPosition: agent, environmentState: corners.flatMap { [$0.x, $0.y] })
    case .state:
      let block = state.block
      let angle = Self.remainder(block.angle, 2 * .pi)
      return EnvironmentObservation(
        agentPosition: agent + [block.position.x, block.position.y, angle])
    }
  }

  /// Python's `%`: the sign of the divisor.
  private static func remainder(_ value: Double, _ divisor: Double) -> Double {
    let rest = fmod(value, divisor)
    return rest < 0 ? rest + divisor : rest
  }

  // MARK: - Pictures

  private func draw() {
    if isDrawn { return }
    isDrawn = true
    let state = world.state
    painter.draw(agent: state.agent, block: state.block, contacts: world.contactLines)
  }

  private func observedImage() -> EnvironmentImage {
    draw()
    return observationView.image(of: painter)
  }

  /// A red cross where the agent was sent. x goes by the image's height and y by its width, as in
  /// gym_pusht; pictures are square unless somebody asks for others (Q-PUSHT-4).
  private func mark(_ action: SIMD2<Float>, on image: inout EnvironmentImage) {
    let share = SIMD2<Double>(action / 512)
    let pixel = share * SIMD2(Double(image.height), Double(image.width))
    guard abs(pixel.x) < 1e6, abs(pixel.y) < 1e6 else { return }
    let size = Double(min(image.width, image.height))
    // gym_pusht fails to draw a line of no thickness below 96 pixels (Q-PUSHT-5).
    CrossMarker(size: Int(8.0 / 96 * size), thickness: max(Int(1.0 / 96 * size), 1))
      .draw(on: &image, x: Int(pixel.x), y: Int(pixel.y), colour: (255, 0, 0))
  }
}
