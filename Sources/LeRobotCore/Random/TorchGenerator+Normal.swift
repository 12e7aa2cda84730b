import Foundation

/// Normal draws (`normal_`, `torch.randn`; ATen/native/cpu/DistributionTemplates.h), all by the
/// transform of Box & Muller (Ann. Math. Stat. 29(2), 1958):
///
///     [box-muller]  z₁ = √(−2 ln u₁) cos(2π u₂),  z₂ = √(−2 ln u₁) sin(2π u₂)
///
/// torch computes it in three ways, which give different numbers for the same seed: one by one below
/// 16 elements; from 16 on in blocks, in float64 with the C library's functions and in float32 with
/// polynomials (`VectorMath`).
extension TorchGenerator {
  /// Elements of a block; the first half of it holds u₁ and then z₁, the second u₂ and z₂.
  static let block = 16

  /// `torch.empty(count).normal_(mean, standardDeviation)`.
  package mutating func normal(
    count: Int, mean: Double = 0, standardDeviation: Double = 1
  ) -> [Float] {
    guard count >= Self.block else {
      return (0..<count).map { _ in
        Float(normal(mean: mean, standardDeviation: standardDeviation))
      }
    }
    let mean = Float(mean)
    let standardDeviation = Float(standardDeviation)
    // Swift's Float.pi is rounded towards zero, the C library's to nearest.
    let turn = Float(2 * Double.pi)
    return blocks(uniform(count: count) as [Float]) { u1, u2 in
      let radius = (-2 * VectorMath.log(1 - u1)).squareRoot()
      let (sine, cosine) = VectorMath.sineAndCosine(turn * u2)
      return (
        mean.addingProduct(radius * cosine, standardDeviation),
        mean.addingProduct(radius * sine, standardDeviation)
      )
    } refill: {
      $0.uniform(count: Self.block)
    }
  }

  /// `torch.empty(count, dtype=torch.float64).normal_(mean, standardDeviation)`.
  package mutating func normal(
    count: Int, mean: Double = 0, standardDeviation: Double = 1
  ) -> [Double] {
    guard count >= Self.block else {
      return (0..<count).map { _ in normal(mean: mean, standardDeviation: standardDeviation) }
    }
    return blocks(uniform(count: count) as [Double]) { u1, u2 in
      let radius = (-2 * log(1 - u1)).squareRoot()
      let angle = 2 * .pi * u2
      return (
        mean.addingProduct(radius * cos(angle), standardDeviation),
        mean.addingProduct(radius * sin(angle), standardDeviation)
      )
    } refill: {
      $0.uniform(count: Self.block)
    }
  }

  /// One element of a tensor of fewer than 16; a pair is made at a time, the second kept.
  package mutating func normal(mean: Double = 0, standardDeviation: Double = 1) -> Double {
    if let kept = cachedNormal {
      cachedNormal = nil
      return mean.addingProduct(kept, standardDeviation)
    }
    let u2: Double = uniform()
    let u1: Double = uniform()
    let radius = (-2 * log1p(-u1)).squareRoot()
    let angle = 2 * .pi * u2
    cachedNormal = radius * sin(angle)
    return mean.addingProduct(radius * cos(angle), standardDeviation)
  }

  /// Transforms whole blocks in place. A remainder is not transformed: a last block is drawn again
  /// and overlaps the end of the one before it.
  mutating func blocks<Scalar>(
    _ uniforms: [Scalar], transform: (Scalar, Scalar) -> (Scalar, Scalar),
    refill: (inout TorchGenerator) -> [Scalar]
  ) -> [Scalar] {
    var values = uniforms
    func transformBlock(at start: Int) {
      for index in start..<(start + Self.block / 2) {
        let pair = transform(values[index], values[index + Self.block / 2])
        (values[index], values[index + Self.block / 2]) = pair
      }
    }
    for start in stride(from: 0, through: values.count - Self.block, by: Self.block) {
      transformBlock(at: start)
    }
    if !values.count.isMultiple(of: Self.block) {
      let start = values.count - Self.block
      values.replaceSubrange(start..., with: refill(&self))
      transformBlock(at: start)
    }
    return values
  }
}
