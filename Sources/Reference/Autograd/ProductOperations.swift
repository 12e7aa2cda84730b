/// [matmul]  C = AB; dA = dC Bᵀ, dB = Aᵀ dC.
///
/// - Parameters:
///   - a: [..., M, K].
///   - b: [..., K, N], the same leading axes.
/// - Returns: [..., M, N].
package func matmul(_ a: Variable, _ b: Variable) -> Variable {
  Variable(
    matmul(a.value, b.value),
    [
      .init(a) { matmul($0, b.value, transposingB: true) },
      .init(b) { matmul(a.value, $0, transposingA: true) },
    ])
}

extension Variable {
  /// Every patch a window sees, as a column [C·k·k, H′·W′] of a picture [C, H, W].
  package func patches(_ window: Window) -> Variable {
    Variable(
      value.patches(window),
      [.init(self) { [shape] in $0.summedPatches(window, picture: shape) }])
  }

  /// Numbers in 0…1 that sum to 1 along the last axis: e^xᵢ / Σⱼ e^xⱼ.
  ///
  /// The largest element is subtracted first, which changes nothing but keeps e^x finite.
  package func softmax() -> Variable {
    let largest = Variable(value.maximum([-1], keepingAxes: true))
    let exponentials = (self - largest).exp()
    return exponentials / exponentials.sum([-1], keepingAxes: true)
  }

  /// ln softmax(x) along the last axis: xᵢ − ln Σⱼ e^xⱼ, which stays finite where e^xᵢ would not.
  package func logSoftmax() -> Variable {
    let largest = Variable(value.maximum([-1], keepingAxes: true))
    let shifted = self - largest
    return shifted - shifted.exp().sum([-1], keepingAxes: true).logarithm()
  }
}
