import LeRobotCore

extension Activation {
  /// - Parameter x: [..., D].
  /// - Returns: [..., D], but [..., D/2] for glu.
  package func callAsFunction(_ x: Variable) -> Variable {
    switch self {
    case .relu: Reference.relu(x)
    case .gelu: Reference.gelu(x)
    case .glu: Reference.glu(x)
    }
  }
}

/// [relu]  max(x, 0).
package func relu(_ x: Variable) -> Variable { x.rectified() }

/// [gelu]  x · Φ(x) = x/2 · (1 + erf(x/√2)). Hendrycks & Gimpel (arXiv:1606.08415), §2.
package func gelu(_ x: Variable) -> Variable {
  x * 0.5 * ((x / 2.0.squareRoot()).errorFunction() + 1)
}

/// [glu]  a · σ(b), where a and b are the halves of the last axis.
/// Dauphin et al. (arXiv:1612.08083), §2.
package func glu(_ x: Variable) -> Variable {
  let width = x.shape[x.shape.count - 1]
  precondition(width % 2 == 0, "glu: the last axis of \(x.shape) has no halves")
  let half = width / 2
  return x.sliced(0..<half, axis: -1) * x.sliced(half..<width, axis: -1).logistic()
}

/// [mish]  x · tanh(ln(1 + eˣ)). Misra (arXiv:1908.08681), eq. 1.
package func mish(_ x: Variable) -> Variable { x * x.softPlus().hyperbolicTangent() }

/// [silu]  x · σ(x). Hendrycks & Gimpel (arXiv:1606.08415), §4.
package func silu(_ x: Variable) -> Variable { x * x.logistic() }

/// [gelu-tanh]  x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))). Hendrycks & Gimpel (arXiv:1606.08415), §2.
package func geluByTanh(_ x: Variable) -> Variable {
  let inner = (x + x * x.squared() * 0.044715) * (2 / Double.pi).squareRoot()
  return x * 0.5 * (inner.hyperbolicTangent() + 1)
}

/// [elu]  x above 0, eˣ − 1 elsewhere. Clevert et al. (arXiv:1511.07289), eq. 15 with α = 1.
package func elu(_ x: Variable) -> Variable { x.exponentialLinear() }
