import Foundation
import LeRobotCore
import LeRobotEnvs
import Support
import Testing

/// PushT for all seeds and actions.
@Suite(.enabled(if: PushTRecording.canSimulate, "no Chipmunk: run Scripts/setup"))
struct PushTPropertyTests {
  private static func environment() throws -> PushTEnvironment {
    var settings = PushTSettings()
    settings.observation = .state
    return PushTEnvironment(settings, library: try .open())
  }

  /// Every state of an episode of random actions, the block pushed about.
  private static func episode(seed: UInt64, steps: Int) throws -> [[Double]] {
    let environment = try environment()
    _ = environment.reset(seed: seed)
    var generator = PCG64Generator(seed: seed)
    return try (0..<steps).map { _ in
      let block = environment.fullState[4...5].map { $0 + generator.uniform(from: -80, to: 80) }
      _ = try environment.step(Array(block))
      return environment.fullState
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300])
  func actionThatIsNotFiniteIsAnErrorOfThePolicy(_ number: Double) throws {
    let environment = try Self.environment()
    _ = environment.reset(seed: 1)
    _ = try environment.step([100, 100])
    let before = environment.fullState
    for action in [[number, 100], [100, number]] {
      #expect {
        try environment.step(action)
      } throws: { error in
        guard case .actionNotFinite(let found)? = error as? EnvironmentError else { return false }
        return found.map(\.bitPattern) == action.map(\.bitPattern)
      }
    }
    #expect(environment.fullState == before, "nothing was simulated")
    _ = try environment.step([100, 100])
    #expect(environment.fullState != before)
  }

  @Test func hugeActionsStayFinite() throws {
    let environment = try Self.environment()
    var generator = PCG64Generator(seed: 7)
    for seed in 0..<20 {
      _ = environment.reset(seed: UInt64(seed))
      for _ in 0..<40 {
        let magnitude = Double(generator.integer(in: 0..<39))
        let sign: Double = generator.uniform() < 0.5 ? -1 : 1
        let action = [sign * Foundation.pow(10, magnitude), generator.uniform(from: 0, to: 512)]
        let step = try environment.step(generator.uniform() < 0.5 ? action : action.reversed())
        #expect(step.reward >= 0 && step.reward <= 1)
        let isFinite = environment.fullState.allSatisfy { $0.isFinite }
        #expect(isFinite, "seed \(seed), \(action)")
        _ = environment.render()
      }
    }
  }

  @Test func sameSeedGivesTheSameEpisode() throws {
    let first = try Self.episode(seed: 5, steps: 60)
    #expect(try Self.episode(seed: 5, steps: 60) == first)
    #expect(try Self.episode(seed: 6, steps: 60) != first)
  }

  @Test func nothingOfAnEpisodeIsLeftAfterReset() throws {
    let environment = try Self.environment()
    func play() throws -> [[Double]] {
      _ = environment.reset(seed: 9)
      return try (0..<40).map { _ in
        _ = try environment.step(Array(environment.fullState[4...5]))
        return environment.fullState
      }
    }
    let first = try play()
    #expect(try play() == first)
  }

  @Test func environmentsInOtherThreadsDoNotDisturb() async throws {
    let seeds: [UInt64] = [11, 12, 13, 14, 15, 16]
    let alone = try seeds.map { try Self.episode(seed: $0, steps: 150) }
    let together = try await withThrowingTaskGroup(of: (Int, [[Double]]).self) { group in
      for (index, seed) in seeds.enumerated() {
        group.addTask { (index, try Self.episode(seed: seed, steps: 150)) }
      }
      return try await group.reduce(into: [Int: [[Double]]]()) { $0[$1.0] = $1.1 }
    }
    for (index, states) in alone.enumerated() {
      #expect(together[index] == states, "seed \(seeds[index])")
    }
  }

  @Test func blockOnItsGoalSucceeds() {
    #expect(abs(PushTBlock.coverage(PushTBlock.goal) - 1) < 1e-12)
    var away = PushTBlock.goal
    away.position.x += 300
    #expect(PushTBlock.coverage(away) == 0)
  }

  @Test(arguments: PushTSettings.ObservationKind.allCases)
  func observationHoldsWhatItsKindSays(_ kind: PushTSettings.ObservationKind) throws {
    var settings = PushTSettings()
    settings.observation = kind
    settings.observationSize = .init(width: 40, height: 30)
    let environment = PushTEnvironment(settings, library: try .open())
    let observation = environment.reset(seed: 3)
    let image = observation.images["pixels"]
    let hasImage = kind == .pixels || kind == .pixelsAndAgentPosition
    #expect((image?.width, image?.height) == (hasImage ? (40, 30) : (nil, nil)))
    #expect(observation.agentPosition?.count == [.pixels: nil, .state: 5][kind, default: 2])
    #expect(observation.environmentState?.count == (kind == .environmentState ? 16 : nil))
    #expect(environment.render().width == 384)
  }
}
