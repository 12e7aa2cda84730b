import LeRobotCore

/// Learning to turn noise into data along straight lines, and walking along them.
package enum FlowMatching {
  /// [flow-sample]
  ///
  /// - Parameters:
  ///   - actions: a, [B, H, A].
  ///   - noise: ε, [B, H, A].
  ///   - time: t, [B].
  /// - Returns: [B, H, A].
  package static func sample(_ actions: Tensor, noise: Tensor, time: Tensor) -> Tensor {
    let t = time.to(noise.dataType).reshaped([time.count, 1, 1])
    return t * noise + (t * -1 + 1) * actions
  }

  /// [flow-target]
  package static func target(_ actions: Tensor, noise: Tensor) -> Tensor { noise - actions }

  /// [flow-walk]
  ///
  /// - Parameters:
  ///   - noise: [B, H, A].
  ///   - stepCount: n.
  ///   - velocity: v of x [B, H, A] and t [B].
  /// - Returns: [B, H, A].
  package static func walk(
    from noise: Tensor, stepCount: Int, velocity: (Tensor, Tensor) -> Tensor
  ) -> Tensor {
    let step = Float(-1.0 / Double(stepCount))
    var (x, time) = (noise, Float(1))
    while time >= -step / 2 {
      let t = Tensor(
        repeating: Double(time), shape: [noise.size(0)], dataType: noise.dataType,
        device: noise.device)
      x = x + Double(step) * velocity(x, t)
      time += step
    }
    return x
  }

  /// [flow-time]
  ///
  /// - Returns: [B].
  package static func time(
    batch: Int, alpha: Double, beta: Double, scale: Double, offset: Double,
    _ random: any RandomSource
  ) -> Tensor {
    random.beta([batch], alpha, beta) * scale + offset
  }
}
