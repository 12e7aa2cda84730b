import LeRobotCore

/// Learning to turn noise into data along straight lines, and walking along them.
///
/// Lipman et al., Flow matching (arXiv:2210.02747), eq. 14 and 22, with time counted from the data:
/// x_t = t·ε + (1 − t)·a, so that t = 1 is noise.
package enum FlowMatching {
  /// [flow-sample]  x_t on the line from actions to noise.
  ///
  /// - Parameters:
  ///   - actions: a, [B, H, A].
  ///   - noise: ε, [B, H, A].
  ///   - time: t, [B].
  /// - Returns: [B, H, A].
  package static func sample(_ actions: Tensor, noise: Tensor, time: Tensor) -> Tensor {
    let t = time.reshaped([time.count, 1, 1])
    return t * noise + (-(t - 1)) * actions
  }

  /// [flow-target]  u = ε − a, the line's velocity.
  package static func target(_ actions: Tensor, noise: Tensor) -> Tensor { noise - actions }

  /// [flow-walk]  From noise to actions in steps of Euler's method: x ← x − v(x, t)/n while t falls to 0.
  ///
  /// LeRobot `sample_actions`, which counts time in float32.
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
      let t = Tensor(repeating: Double(time), shape: [noise.size(0)])
      x = x + Double(step) * velocity(x, t)
      time += step
    }
    return x
  }

  /// [flow-time]  t = scale · Beta(α, β) + offset, in float32 as LeRobot's `sample_time`.
  ///
  /// Black et al., π₀ (arXiv:2410.24164), appendix B: rarely pure actions.
  ///
  /// - Returns: [B].
  package static func time(
    batch: Int, alpha: Double, beta: Double, scale: Double, offset: Double,
    _ random: any RandomSource
  ) -> Tensor {
    random.beta([batch], alpha, beta)
      .map { Double(Float($0) * Float(scale) + Float(offset)) }
  }
}
