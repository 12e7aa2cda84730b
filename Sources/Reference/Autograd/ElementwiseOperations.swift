import Foundation

/// Arithmetic with broadcasting. `sum(to:)` undoes the broadcast in every pullback.
extension Variable {
  /// d(a + b) = da + db
  package static func + (a: Variable, b: Variable) -> Variable {
    Variable(
      a.value + b.value,
      [Edge(a) { $0.sum(to: a.shape) }, Edge(b) { $0.sum(to: b.shape) }])
  }

  /// d(a − b) = da − db
  package static func - (a: Variable, b: Variable) -> Variable {
    Variable(
      a.value - b.value,
      [Edge(a) { $0.sum(to: a.shape) }, Edge(b) { (-$0).sum(to: b.shape) }])
  }

  /// d(ab) = b da + a db
  package static func * (a: Variable, b: Variable) -> Variable {
    Variable(
      a.value * b.value,
      [
        Edge(a) { ($0 * b.value).sum(to: a.shape) },
        Edge(b) { ($0 * a.value).sum(to: b.shape) },
      ])
  }

  /// d(a/b) = da/b − a db/b²
  package static func / (a: Variable, b: Variable) -> Variable {
    Variable(
      a.value / b.value,
      [
        Edge(a) { ($0 / b.value).sum(to: a.shape) },
        Edge(b) { (-$0 * a.value / (b.value * b.value)).sum(to: b.shape) },
      ])
  }

  /// A number added to each element.
  package static func + (a: Variable, b: Double) -> Variable {
    Variable(a.value + b, [Edge(a) { $0 }])
  }

  /// Each element times a number.
  package static func * (a: Variable, b: Double) -> Variable {
    Variable(a.value * b, [Edge(a) { $0 * b }])
  }

  /// Each element times a number.
  package static func * (a: Double, b: Variable) -> Variable { b * a }

  /// Each element divided by a number.
  package static func / (a: Variable, b: Double) -> Variable { a * (1 / b) }

  /// Each element with the other sign.
  package static prefix func - (a: Variable) -> Variable { a * -1 }
}

/// Functions of one element.
extension Variable {
  /// y = f(x), dy = f′(x) dx, with f′ given as a function of x and y.
  private func elementwise(
    _ function: (Double) -> Double,
    derivative: @escaping (_ x: Double, _ y: Double) -> Double
  ) -> Variable {
    let result = value.map(function)
    return Variable(
      result, [Edge(self) { [value] in $0 * Tensor.combine(value, result, derivative) }])
  }

  /// eˣ; its derivative is itself.
  package func exp() -> Variable { elementwise(Foundation.exp) { _, y in y } }

  /// ln x; d ln x = dx / x.
  package func logarithm() -> Variable { elementwise(Foundation.log) { x, _ in 1 / x } }

  /// √x; d√x = dx / 2√x.
  package func squareRoot() -> Variable {
    elementwise({ $0.squareRoot() }, derivative: { _, y in 0.5 / y })
  }

  /// x²; dx² = 2x dx.
  package func squared() -> Variable { elementwise({ $0 * $0 }, derivative: { x, _ in 2 * x }) }

  /// |x|; d|x| = sign(x) dx, and 0 at 0 as in torch.
  package func magnitude() -> Variable {
    elementwise(Swift.abs, derivative: { x, _ in x > 0 ? 1 : x < 0 ? -1 : 0 })
  }

  /// max(x, 0); the derivative at 0 is 0, as in torch.
  package func rectified() -> Variable {
    elementwise({ max($0, 0) }, derivative: { x, _ in x > 0 ? 1 : 0 })
  }

  /// x above 0, eˣ − 1 elsewhere; the derivative there is eˣ.
  package func exponentialLinear() -> Variable {
    elementwise(
      { $0 > 0 ? $0 : Foundation.expm1($0) }, derivative: { x, y in x > 0 ? 1 : y + 1 })
  }

  /// σ(x) = 1 / (1 + e⁻ˣ); dσ = σ(1 − σ) dx.
  package func logistic() -> Variable {
    elementwise({ 1 / (1 + Foundation.exp(-$0)) }, derivative: { _, y in y * (1 - y) })
  }

  /// The error function; d erf(x) = 2/√π · e^(−x²) dx.
  package func errorFunction() -> Variable {
    elementwise(
      Foundation.erf,
      derivative: { x, _ in 2 / Double.pi.squareRoot() * Foundation.exp(-x * x) })
  }

  /// ln(1 + eˣ); its derivative is σ(x).
  package func softPlus() -> Variable {
    elementwise(
      // eˣ must not overflow where x is large.
      { ($0 > 0 ? $0 : 0) + log1p(Foundation.exp(-Swift.abs($0))) },
      derivative: { x, _ in 1 / (1 + Foundation.exp(-x)) })
  }

  /// tanh x; d tanh x = (1 − tanh² x) dx.
  package func hyperbolicTangent() -> Variable {
    elementwise(Foundation.tanh, derivative: { _, y in 1 - y * y })
  }
}
