import CChipmunk

/// PushT's physics during one episode: an agent that follows a target, and the block it pushes
/// (gym_pusht `PushTEnv`, C. Chi et al., arXiv:2303.04137, section 5.1.2).
///
/// Every episode gets a world of its own, so that no contact of the last one is remembered.
/// Lengths are pixels of the 512 by 512 field, times seconds.
final class PushTWorld {
  /// Everything that moves.
  struct State: Equatable {
    var agent: SIMD2<Double>
    var agentVelocity: SIMD2<Double>
    var block: PushTPose
    var blockVelocity: SIMD2<Double>
    var blockAngularVelocity: Double
  }

  static let agentRadius = 15.0
  /// The middle lines of the four walls, which are 4 wide.
  static let walls: [(SIMD2<Double>, SIMD2<Double>)] = [
    ([5, 506], [5, 5]), ([5, 5], [506, 5]), ([506, 5], [506, 506]), ([5, 506], [506, 506]),
  ]
  static let wallRadius = 2.0

  private static let timeStep = 0.01
  private static let stepsPerAction = 10
  private static let stiffness = 100.0
  private static let damping = 20.0

  private let space = cpSpaceNew()
  private let agent = cpBodyNewKinematic()
  private let block: OpaquePointer
  private var shapes: [OpaquePointer] = []

  /// - Parameters:
  ///   - agent: where the agent starts.
  ///   - pose: where the block starts. Its angle is set after its position and turns it about its
  ///     centre of mass, so that it starts elsewhere than the pose says, as in gym_pusht (Q-PUSHT-2).
  ///   - library: the proof that Chipmunk is open.
  init(agent start: SIMD2<Double>, block pose: PushTPose, library: ChipmunkLibrary) {
    block = Self.makeBlock()
    cpSpaceSetDamping(space, 0)
    addWalls()
    let circle = cpCircleShapeNew(agent, Self.agentRadius, cpVect())
    cpSpaceAddBody(space, agent)
    add(circle)
    addBlock()
    cpBodySetPosition(agent, cpVect(start))
    cpBodySetPosition(block, cpVect(pose.position))
    cpBodySetAngle(block, pose.angle)
    cpSpaceStep(space, Self.timeStep)
  }

  deinit {
    for shape in shapes {
      cpSpaceRemoveShape(space, shape)
      cpShapeFree(shape)
    }
    for body in [agent, block] {
      cpSpaceRemoveBody(space, body)
      cpBodyFree(body)
    }
    cpSpaceFree(space)
  }

  private func add(_ shape: OpaquePointer) {
    cpSpaceAddShape(space, shape)
    shapes.append(shape)
  }

  private func addWalls() {
    let ground = cpSpaceGetStaticBody(space)
    for (a, b) in Self.walls {
      add(cpSegmentShapeNew(ground, cpVect(a), cpVect(b), Self.wallRadius))
    }
  }

  /// Of mass 1; the moment counts the bar twice, as in gym_pusht (Q-PUSHT-3).
  private static func makeBlock() -> OpaquePointer {
    let bar = PushTBlock.parts[0].corners.map(cpVect.init)
    let moment = cpMomentForPoly(1, Int32(bar.count), bar, cpVect(), 0)
    return cpBodyNew(1, moment + moment)
  }

  private func addBlock() {
    let identity = cpTransform(a: 1, b: 0, c: 0, d: 1, tx: 0, ty: 0)
    let parts = PushTBlock.parts.map { part in
      let corners = part.corners.map(cpVect.init)
      return cpPolyShapeNew(block, Int32(corners.count), corners, identity, 0)
    }
    let centres = parts.map { SIMD2(cpShapeGetCenterOfGravity($0)) }
    cpBodySetCenterOfGravity(block, cpVect((centres[0] + centres[1]) / 2))
    cpSpaceAddBody(space, block)
    parts.forEach(add)
  }

  /// Moves the agent toward a target for a tenth of a second.
  ///
  /// [pusht-control]  v ← v + (100 (target − x) − 20 v) Δt, before each of ten steps of Δt = 0.01 s.
  func act(toward target: SIMD2<Double>) {
    for _ in 0..<Self.stepsPerAction {
      let position = SIMD2(cpBodyGetPosition(agent))
      let velocity = SIMD2(cpBodyGetVelocity(agent))
      let pull = Self.stiffness * (target - position)
      let drag = Self.damping * (SIMD2(0, 0) - velocity)
      cpBodySetVelocity(agent, cpVect(velocity + (pull + drag) * Self.timeStep))
      cpSpaceStep(space, Self.timeStep)
    }
  }

  var state: State {
    State(
      agent: SIMD2(cpBodyGetPosition(agent)), agentVelocity: SIMD2(cpBodyGetVelocity(agent)),
      block: PushTPose(
        position: SIMD2(cpBodyGetPosition(block)), angle: cpBodyGetAngle(block)),
      blockVelocity: SIMD2(cpBodyGetVelocity(block)),
      blockAngularVelocity: cpBodyGetAngularVelocity(block))
  }

  /// The short lines Chipmunk draws through the contacts of the last step.
  var contactLines: [(SIMD2<Double>, SIMD2<Double>)] {
    let capacity = 32
    let ends = [cpVect](unsafeUninitializedCapacity: 2 * capacity) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      count = 2 * Int(cc_contact_lines(space, start, Int32(capacity)))
    }
    return stride(from: 0, to: ends.count, by: 2).map { (SIMD2(ends[$0]), SIMD2(ends[$0 + 1])) }
  }
}

extension cpVect {
  init(_ vector: SIMD2<Double>) { self.init(x: vector.x, y: vector.y) }
}

extension SIMD2<Double> {
  init(_ vector: cpVect) { self.init(vector.x, vector.y) }
}
