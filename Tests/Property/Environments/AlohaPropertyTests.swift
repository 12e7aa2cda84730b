import Foundation
import LeRobotCore
import LeRobotEnvs
import Support
import Testing

/// What holds of ALOHA's simulation whatever gym_aloha answers.
@Suite(.enabled(if: AlohaRecording.canSimulate, "no MuJoCo: run Scripts/setup"))
struct AlohaPropertyTests {
  private static let canDraw = AlohaRecording.graphicsHere != nil

  private func reason(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test(arguments: [(AlohaTask.insertion, 14), (.transferCube, 7)])
  func environmentStateIsWhereTheObjectsAre(task: AlohaTask, width: Int) throws {
    let environment = try AlohaRecording.environment { $0.task = task }
    let observation = try environment.reset(seed: 3)
    #expect(observation.environmentState == Array(environment.fullState.positions[16...]))
    #expect(observation.environmentState?.count == width)
    #expect(observation.agentPosition?.count == 14)
    #expect(observation.images.isEmpty)
    let names = try Batch([observation]).values.keys.sorted()
    #expect(names == ["observation.environment_state", "observation.state"])
  }

  @Test func theSameSeedGivesTheSameEpisodeAndNoSeedAnother() throws {
    let environment = try AlohaRecording.environment()
    let first = try environment.reset(seed: 8)
    let other = try environment.reset(seed: nil)
    #expect(other != first)
    #expect(try environment.reset(seed: nil) != other)
    #expect(try environment.reset(seed: 8) == first)
  }

  @Test func aSeedThatNumPyRefusesIsAnError() throws {
    let environment = try AlohaRecording.environment()
    _ = try environment.reset(seed: UInt64(UInt32.max))
    #expect(
      throws: EnvironmentError.failed(
        reason: "ALOHA's generator takes no seed above 4294967295")
    ) { try environment.reset(seed: 1 << 32) }
  }

  @Test(arguments: [Double.nan, .infinity, 1e300])
  func anActionThatIsNotFiniteIsAnError(value: Double) throws {
    let environment = try AlohaRecording.environment()
    _ = try environment.reset(seed: 1)
    var action = [Double](repeating: 0, count: 14)
    action[5] = value
    #expect(reason { _ = try environment.step(action) }.hasPrefix("the policy's action [0.0"))
    #expect(
      reason { _ = try environment.step([0]) }.hasPrefix("ALOHA's actions have 14 numbers, not 1"))
  }

  /// MuJoCo would print, write a file into the working folder, and simulate something else.
  @Test func aSimulationThatBreaksDownIsALineAndTheNextEpisodeWorks() throws {
    let simulation = try MuJoCoSimulation(
      file: "\(AlohaAssets().folder)/bimanual_viperx_insertion.xml", library: .open())
    try simulation.reset { _ in }
    let start = Array(simulation.positions)
    try simulation.advance(10)
    simulation.positions[20] = .nan
    #expect(
      reason { try simulation.advance(10) }
        .hasPrefix("the simulation failed: MuJoCo: Nan, Inf or huge value in QPOS"))
    try simulation.reset { _ in }
    #expect(Array(simulation.positions) == start)
    try simulation.advance(10)
    #expect(!FileManager.default.fileExists(atPath: "MUJOCO_LOG.TXT"))
  }

  @Test func aBrokenModelIsALine() throws {
    let folder = try TemporaryFolder()
    let library = try MuJoCoLibrary.open()
    let missing = folder.file("missing.xml")
    let said = reason { _ = try MuJoCoSimulation(file: missing, library: library) }
    #expect(said.hasPrefix("the simulation failed: \(missing): ") && !said.contains("\n"))
    let damaged = try folder.write("<mujoco><worldbody><geom size='x'/>".utf8, to: "damaged.xml")
    let line = reason { _ = try MuJoCoSimulation(file: damaged, library: library) }
    #expect(line.contains("XML") && !line.contains("\n"), "\(line)")
    // MuJoCo's own error, which ends a program that does not catch it.
    let small = try folder.write(
      "<mujoco><size memory='10'/><worldbody/></mujoco>".utf8, to: "small.xml")
    let error = reason { _ = try MuJoCoSimulation(file: small, library: library) }
    #expect(error.contains("out of memory"), "\(error)")
  }

  // MARK: - Pictures

  @Test(.enabled(if: canDraw, "no OpenGL"))
  func picturesHaveThePolicysNames() throws {
    let environment = try AlohaRecording.environment {
      $0.observation = .pixels
      $0.cameras = ["pixels/top": "top", "pixels/side": "angle"]
      $0.observationSize = PictureSize(width: 32, height: 24)
    }
    let batch = try Batch([environment.reset(seed: 1)])
    #expect(batch.values.keys.sorted() == ["observation.images.side", "observation.images.top"])
    #expect(batch["observation.images.top"]?.shape == [1, 3, 24, 32])
    #expect(batch["observation.images.top"] != batch["observation.images.side"])
  }

  @Test(.enabled(if: canDraw, "no OpenGL"))
  func aVideoTakesTheObservationsPicture() throws {
    let environment = try AlohaRecording.environment { $0.observation = .pixelsAndAgentPosition }
    func address(_ image: EnvironmentImage?) -> UnsafePointer<UInt8>? {
      image?.pixels.withUnsafeBufferPointer { $0.baseAddress }
    }
    let first = try environment.reset(seed: 1).images["pixels/top"]
    #expect(address(try environment.render()) == address(first))
    let action = [0.5, -0.9, 1, 0, -0.3, 0, 1, 0, -0.9, 1, 0, -0.3, 0, 0]
    let next = try environment.step(action).observation.images["pixels/top"]
    #expect(next != first)
    #expect(address(try environment.render()) == address(next))
  }

  /// A picture does not change what follows, and is of the moment.
  @Test(.enabled(if: canDraw, "no OpenGL"))
  func drawingChangesNothing() throws {
    let (drawn, undrawn) = (try AlohaRecording.environment(), try AlohaRecording.environment())
    _ = try (drawn.reset(seed: 5), undrawn.reset(seed: 5))
    for step in 0..<20 {
      let action = (0..<14).map { 0.1 * Double($0) - 0.02 * Double(step) }
      _ = try drawn.render()
      #expect(try drawn.step(action) == undrawn.step(action))
    }
    #expect(try drawn.render() == undrawn.render())
  }

  @Test(.enabled(if: canDraw, "no OpenGL"))
  func anErrorOfMuJoCoIsALine() throws {
    let simulation = try MuJoCoSimulation(
      file: "\(AlohaAssets().folder)/bimanual_viperx_insertion.xml", library: .open())
    let size = PictureSize(width: 16, height: 16)
    let renderer = try MuJoCoRenderer(
      simulation, largest: size, graphics: .open(for: .observations))
    let said = reason { _ = try renderer.image(camera: 999, size: size) }
    #expect(said.hasPrefix("the simulation failed: MuJoCo: ") && said.contains("camera"), "\(said)")
    #expect(try renderer.image(camera: 0, size: size).pixels.count == 16 * 16 * 3)
  }

  @Test(.enabled(if: canDraw, "no OpenGL"))
  func environmentsSideBySideAreWhatTheyAreAlone() throws {
    let config = EnvironmentConfig(
      type: "aloha",
      fields: ["observation_height": 30, "observation_width": 40, "task": "AlohaTransferCube-v0"])
    let seeds: [UInt64] = [4, 5, 6]
    let actions = (0..<3).map { place in (0..<14).map { 0.05 * Double(place * $0) } }
    var environments: VectorEnvironment? = try VectorEnvironment(count: 3, episodeLength: 9) {
      () throws(EnvironmentError) in try makeEnvironment(config)
    }
    _ = try environments?.reset(seeds: seeds)
    _ = try environments?.step(actions)
    let together = try #require(try environments?.step(actions))
    environments = nil
    for place in 0..<3 {
      let alone = try makeEnvironment(config)
      _ = try alone.reset(seed: seeds[place])
      _ = try alone.step(actions[place])
      #expect(try alone.step(actions[place]).observation == together.observations[place])
    }
  }
}
