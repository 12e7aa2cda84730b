import Foundation

/// Draws of bfloat16 tensors, whose arithmetic torch rounds after every operation.
extension TorchGenerator {
  /// `torch.empty(count, dtype=torch.bfloat16).uniform_(from, to)`: 8 random bits each.
  package mutating func uniformBFloat16(
    count: Int, from: Double = 0, to: Double = 1
  ) -> [Float] {
    let (from, to) = (BFloat16.rounded(Float(from)), BFloat16.rounded(Float(to)))
    let width = BFloat16.rounded(to - from)
    return (0..<count).map { _ in
      BFloat16.rounded(from.addingProduct(Float(next32() & 0xff) * 0x1p-8, width))
    }
  }

  /// `torch.empty(count, dtype=torch.bfloat16).normal_(mean, standardDeviation)`, by [box-muller].
  package mutating func normalBFloat16(
    count: Int, mean: Double = 0, standardDeviation: Double = 1
  ) -> [Float] {
    guard count >= Self.block else {
      return (0..<count).map { _ in
        BFloat16.rounded(Float(normal(mean: mean, standardDeviation: standardDeviation)))
      }
    }
    let round = BFloat16.rounded
    let (mean, deviation) = (round(Float(mean)), round(Float(standardDeviation)))
    func scaled(_ radius: Float, _ direction: Float) -> Float {
      round(round(round(radius * round(direction)) * deviation) + mean)
    }
    return blocks(uniformBFloat16(count: count)) { u1, u2 in
      let radius = round(round(-2 * round(log(round(1 - u1)))).squareRoot())
      let angle = round(Float(2 * Double.pi * Double(u2)))
      return (scaled(radius, cos(angle)), scaled(radius, sin(angle)))
    } refill: {
      $0.uniformBFloat16(count: Self.block)
    }
  }
}
