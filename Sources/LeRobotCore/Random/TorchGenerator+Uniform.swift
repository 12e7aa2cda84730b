import Foundation

/// Uniform and exponential draws (ATen/core/DistributionsHelper.h).
extension TorchGenerator {
  /// One element of `uniform_(from, to)` on float32: 24 random bits.
  ///
  /// x · (to − from) + from with one rounding at the end: torch's kernels are compiled to use
  /// the fused multiply-add wherever the processor has one.
  package mutating func uniform(from: Float = 0, to: Float = 1) -> Float {
    from.addingProduct(Float(next32() & 0xff_ffff) * 0x1p-24, to - from)
  }

  /// One element of `uniform_(from, to)` on float64: 53 random bits.
  package mutating func uniform(from: Double = 0, to: Double = 1) -> Double {
    from.addingProduct(Double(next64() & 0x1f_ffff_ffff_ffff) * 0x1p-53, to - from)
  }

  /// `torch.empty(count).uniform_(from, to)`.
  package mutating func uniform(count: Int, from: Float = 0, to: Float = 1) -> [Float] {
    (0..<count).map { _ in uniform(from: from, to: to) }
  }

  /// `torch.empty(count, dtype=torch.float64).uniform_(from, to)`.
  package mutating func uniform(count: Int, from: Double = 0, to: Double = 1) -> [Double] {
    (0..<count).map { _ in uniform(from: from, to: to) }
  }

  /// One element of `exponential_(rate)`: −log(1 − u) / rate, drawn in Double whatever the
  /// tensor's type.
  package mutating func exponential(rate: Double = 1) -> Double {
    let u: Double = uniform()
    return -1 / rate * log1p(-u)
  }
}
