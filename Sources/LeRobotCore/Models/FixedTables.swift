import Foundation

/// Sines and cosines of one position at falling frequencies, interleaved:
/// sin(p / 10000^(2i/D)), cos(p / 10000^(2i/D)), … (Vaswani et al., arXiv:1706.03762, §3.5).
///
/// - Parameters:
///   - position: p.
///   - width: D.
/// - Returns: D numbers.
package func wave(at position: Double, width: Int) -> [Double] {
  (0..<width).map { channel in
    let angle = position / pow(10000, Double(channel / 2 * 2) / Double(width))
    return channel % 2 == 0 ? sin(angle) : cos(angle)
  }
}

/// From −1 to 1 in `count` places, as NumPy's `linspace` has them.
package func evenlySpaced(_ count: Int) -> [Double] {
  guard count > 1 else { return [-1] }
  let step = 2 / Double(count - 1)
  return (0..<count).map { $0 == count - 1 ? 1 : Double($0) * step - 1 }
}

/// Where a crop in the middle begins when `rest` rows or columns are left out: half of them, rounded
/// to even as Python rounds (torchvision `transforms/functional.py`, `center_crop`).
package func centredStart(leavingOut rest: Int) -> Int {
  Int((Double(rest) / 2).rounded(.toNearestOrEven))
}
