import LeRobotCore

/// A task of ALOHA's two arms (gym_aloha `tasks/sim.py` and `utils.py`; T. Z. Zhao et al.,
/// arXiv:2304.13705, section 5.1).
package enum AlohaTask: String, CaseIterable, Sendable {
  /// The right arm takes a peg, the left one a socket, and the peg goes into the socket.
  case insertion = "AlohaInsertion-v0"
  /// The right arm lifts a cube and hands it to the left one.
  case transferCube = "AlohaTransferCube-v0"

  /// Its model among gym_aloha's assets.
  var modelFile: String {
    switch self {
    case .insertion: "bimanual_viperx_insertion.xml"
    case .transferCube: "bimanual_viperx_transfer_cube.xml"
    }
  }

  /// Where the objects lie when an episode begins: for each its place and its rotation as a
  /// quaternion [7] (gym_aloha `sample_box_pose`, `sample_insertion_pose`).
  ///
  /// The peg is drawn before the socket; a height is drawn too, from a range without width.
  func drawPoses(_ generator: inout NumPyGenerator) -> [Double] {
    let ranges: [(Double, Double)] =
      self == .insertion ? [(0.1, 0.2), (-0.2, -0.1)] : [(0, 0.2)]
    return ranges.flatMap { low, high in
      let place = [(low, high), (0.4, 0.6), (0.05, 0.05)].map {
        generator.uniform(from: $0.0, to: $0.1)
      }
      return place + [1, 0, 0, 0]
    }
  }

  /// A reward of this or more ends an episode as a success.
  static let largestReward = 4
}

/// The reward of a task: how far it has come, 0 to 4, from what touches what.
struct AlohaReward {
  private let task: AlohaTask
  private let left: Int32
  private let right: Int32
  private let table: Int32
  /// What the right hand takes: the cube, or the peg.
  private let taken: Int32
  private let sockets: [Int32]
  private let pin: Int32?

  /// - Throws: `EnvironmentError.failed` where the model lacks a shape.
  init(_ task: AlohaTask, in simulation: MuJoCoSimulation) throws(EnvironmentError) {
    func shape(_ name: String) throws(EnvironmentError) -> Int32 {
      guard let number = simulation.shape(name) else {
        throw .failed(reason: "\(task.modelFile) has no shape \(name); it is not gym_aloha's")
      }
      return number
    }
    self.task = task
    left = try shape("vx300s_left/10_left_gripper_finger")
    right = try shape("vx300s_right/10_right_gripper_finger")
    table = try shape("table")
    taken = try shape(task == .insertion ? "red_peg" : "red_box")
    var sockets: [Int32] = []
    if task == .insertion { for side in 1...4 { sockets.append(try shape("socket-\(side)")) } }
    self.sockets = sockets
    pin = task == .insertion ? try shape("pin") : nil
  }

  /// The reward for these contacts. A pair counts in one order alone, as in gym_aloha (Q-ALOHA-4).
  func callAsFunction(_ contacts: [(first: Int32, second: Int32)]) -> Int {
    func touch(_ first: Int32, _ second: Int32) -> Bool {
      contacts.contains { $0.first == first && $0.second == second }
    }
    switch task {
    case .transferCube:
      let isLifted = !touch(taken, table)
      if touch(taken, left) { return isLifted ? 4 : 3 }
      if touch(taken, right) { return isLifted ? 2 : 1 }
      return 0
    case .insertion:
      if let pin, touch(taken, pin) { return 4 }
      let areLifted = !touch(taken, table) && !sockets.contains { touch($0, table) }
      if areLifted, sockets.contains(where: { touch(taken, $0) }) { return 3 }
      guard touch(taken, right), sockets.contains(where: { touch($0, left) }) else { return 0 }
      return areLifted ? 2 : 1
    }
  }
}
