import CMuJoCo

/// Pictures of a simulation, drawn as dm_control does, with an OpenGL context of its own: made,
/// used and let go by one thread.
package final class MuJoCoRenderer {
  private let handle: OpaquePointer
  /// Lives as long as what draws it.
  private let simulation: MuJoCoSimulation
  private let largest: PictureSize

  /// - Parameters:
  ///   - largest: no picture is wider or higher.
  ///   - graphics: the proof that there is something to draw with.
  /// - Throws: `EnvironmentError.failed`.
  package init(
    _ simulation: MuJoCoSimulation, largest: PictureSize, graphics: MuJoCoGraphics
  ) throws(EnvironmentError) {
    let (width, height) = (Int32(largest.width), Int32(largest.height))
    guard let handle = cm_renderer_new(simulation.handle, width, height) else {
      throw .failed(reason: String(cString: cm_last_error()))
    }
    self.handle = handle
    self.simulation = simulation
    self.largest = largest
  }

  deinit { cm_renderer_free(handle) }

  /// OpenGL's renderer and version. Another one draws other pixels.
  package var name: String { String(cString: cm_renderer_name(handle)) }

  /// What a camera sees now.
  ///
  /// - Throws: `EnvironmentError.failed`.
  package func image(camera: Int32, size: PictureSize) throws(EnvironmentError) -> EnvironmentImage
  {
    precondition(
      size.width <= largest.width && size.height <= largest.height,
      "MuJoCoRenderer: \(size) is larger than \(largest)")
    var status: Int32 = 0
    let count = size.width * size.height * 3
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      guard let start = buffer.baseAddress else { return }
      status = cm_render(handle, camera, Int32(size.width), Int32(size.height), start)
      filled = count
    }
    if status != 0 { throw .failed(reason: String(cString: cm_last_error())) }
    return EnvironmentImage(height: size.height, width: size.width, pixels: pixels)
  }
}
