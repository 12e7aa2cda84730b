import Foundation

/// `torch.nn.init.trunc_normal_`: the normal distribution cut off at two bounds, by inverting the
/// cumulative distribution of a uniform draw.
///
///     [truncated-normal]  x = μ + √2 σ erf⁻¹(u),  u ∼ U(2Φ((a−μ)/σ) − 1, 2Φ((b−μ)/σ) − 1)
extension TorchGenerator {
  /// `trunc_normal_(torch.empty(count), mean, standardDeviation, a, b)`. torch's own inverse error
  /// function is off by one bit once in some thousand draws; this one is not.
  package mutating func truncatedNormal(
    count: Int, mean: Double = 0, standardDeviation: Double = 1, in bounds: ClosedRange<Double>
  ) -> [Float] {
    let (from, to) = Self.uniformBounds(bounds, mean, standardDeviation)
    let draws: [Float] = uniform(count: count, from: Float(from), to: Float(to))
    let scale = Float(standardDeviation * 2.0.squareRoot())
    return draws.map { draw in
      let value = Float(inverseErrorFunction(Double(draw))) * scale + Float(mean)
      return min(max(value, Float(bounds.lowerBound)), Float(bounds.upperBound))
    }
  }

  private static func uniformBounds(
    _ bounds: ClosedRange<Double>, _ mean: Double, _ deviation: Double
  ) -> (from: Double, to: Double) {
    /// Φ(x) of the standard normal.
    func cumulative(_ x: Double) -> Double { (1 + erf(x / 2.0.squareRoot())) / 2 }
    let low = cumulative((bounds.lowerBound - mean) / deviation)
    let high = cumulative((bounds.upperBound - mean) / deviation)
    return (2 * low - 1, 2 * high - 1)
  }
}

/// erf⁻¹(y): S. Winitzki's approximation, then Halley's method on erf(x) − y.
private func inverseErrorFunction(_ y: Double) -> Double {
  let magnitude = abs(y)
  if magnitude == 0 || magnitude >= 1 { return magnitude == 0 ? 0 : y * .infinity }
  let a = 0.147
  let logarithm = log1p(-y * y)
  let b = 2 / (.pi * a) + logarithm / 2
  var x = ((b * b - logarithm / a).squareRoot() - b).squareRoot()
  for _ in 0..<4 {
    // Whichever of erf and erfc keeps its digits here.
    let error = magnitude < 0.5 ? erf(x) - magnitude : (1 - magnitude) - erfc(x)
    let step = error * 0.5 * Double.pi.squareRoot() * exp(x * x)
    x -= step / (1 + x * step)
  }
  return y < 0 ? -x : x
}
