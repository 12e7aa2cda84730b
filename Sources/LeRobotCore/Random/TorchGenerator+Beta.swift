import Foundation

/// Draws of the gamma and beta distributions.
extension TorchGenerator {
  /// One element of torch's `Beta(a, b).sample()`, as its `_sample_dirichlet` draws it: g/(g + h) of a gamma
  /// draw g of shape a and then h of shape b, rounded to float32.
  ///
  /// - Parameters: a, b: above 0; of single precision, as torch has them.
  package mutating func beta(_ a: Double, _ b: Double) -> Float {
    let (g, h) = (gamma(Double(Float(a))), gamma(Double(Float(b))))
    return min(max(Float(g / (g + h)), .leastNormalMagnitude), Float(1).nextDown)
  }

  /// A gamma draw of rate 1, by Marsaglia and Tsang's rejection of a transformed normal (ACM Trans. Math.
  /// Softw. 26(3), 2000), with torch's constants of single precision (ATen/native/Distributions.h,
  /// `sample_gamma`). A shape below 1 is drawn as the next one, times a power of a uniform.
  private mutating func gamma(_ shape: Double) -> Double {
    precondition(shape > 0, "TorchGenerator.gamma: shape \(shape) is not above 0")
    if shape < 1 {
      let scale = pow(1 - (uniform() as Double), 1 / shape)
      return scale * gamma(shape + 1)
    }
    let d = shape - Double(Float(1) / 3)
    let c = 1 / (9 * d).squareRoot()
    while true {
      var (x, y) = (0.0, 0.0)
      while y <= 0 {
        x = normal()
        y = 1 + c * x
      }
      let v = y * y * y
      let u = 1 - (uniform() as Double)
      if u < 1 - Double(Float(0.0331)) * x * x * x * x { return d * v }
      if log(u) < 0.5 * x * x + d * (1 - v + log(v)) { return d * v }
    }
  }
}
