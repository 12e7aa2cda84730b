import CMuJoCo

/// A model of MuJoCo and its state, advanced as dm_control does.
package final class MuJoCoSimulation {
  let handle: OpaquePointer

  /// - Parameters:
  ///   - file: of the model, in MuJoCo's XML.
  ///   - library: the proof that MuJoCo is open.
  /// - Throws: `EnvironmentError.failed` with what is wrong with the file.
  package init(file: String, library: MuJoCoLibrary) throws(EnvironmentError) {
    guard let handle = cm_simulation_new(file) else {
      throw .failed(reason: "\(file): \(String(cString: cm_last_error()))")
    }
    self.handle = handle
  }

  deinit { cm_simulation_free(handle) }

  private func check(_ status: Int32) throws(EnvironmentError) {
    if status != 0 { throw .failed(reason: String(cString: cm_last_error())) }
  }

  // MARK: - State

  /// Generalized positions [nq], metres and radians.
  package var positions: UnsafeMutableBufferPointer<Double> {
    .init(start: cm_positions(handle), count: Int(cm_position_count(handle)))
  }

  /// Generalized velocities [nv], a second.
  package var velocities: UnsafeMutableBufferPointer<Double> {
    .init(start: cm_velocities(handle), count: Int(cm_velocity_count(handle)))
  }

  /// What the actuators are told [nu].
  package var controls: UnsafeMutableBufferPointer<Double> {
    .init(start: cm_controls(handle), count: Int(cm_control_count(handle)))
  }

  // MARK: - Time

  /// Begins an episode (dm_control's `reset_context`, which `Environment.reset` and the task's
  /// `initialize_episode` nest): the model is reset twice, the state is set, and what follows from it
  /// is computed twice, the second time from where the first one's solver ended.
  ///
  /// - Throws: `EnvironmentError.failed` where MuJoCo warns or fails.
  package func reset(_ setState: (MuJoCoSimulation) -> Void) throws(EnvironmentError) {
    for _ in 0..<2 {
      try check(cm_reset(handle))
      try check(cm_forward(handle))
    }
    setState(self)
    for _ in 0..<2 { try check(cm_forward(handle)) }
  }

  /// Advances by `count` steps of the model (dm_control's legacy step).
  ///
  /// - Throws: `EnvironmentError.failed` where MuJoCo warns, as dm_control does, or fails.
  package func advance(_ count: Int) throws(EnvironmentError) {
    try check(cm_advance(handle, Int32(count)))
  }

  // MARK: - Contacts and names

  /// Contacts of the last step, by the numbers of the shapes, in MuJoCo's order.
  package var contacts: [(first: Int32, second: Int32)] {
    (0..<cm_contact_count(handle)).map { index in
      let contact = cm_contact(handle, index)
      return (contact.first, contact.second)
    }
  }

  /// The number of a shape; nil where none has this name.
  package func shape(_ name: String) -> Int32? { number(CM_GEOM, name) }

  /// The number of a camera; nil where none has this name.
  package func camera(_ name: String) -> Int32? { number(CM_CAMERA, name) }

  private func number(_ kind: CMKind, _ name: String) -> Int32? {
    let number = cm_number(handle, kind, name)
    return number < 0 ? nil : number
  }
}
