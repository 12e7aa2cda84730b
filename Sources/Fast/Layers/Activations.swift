import LeRobotCore

extension Activation {
  /// - Parameter x: [..., D].
  /// - Returns: [..., D], but [..., D/2] for glu.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .relu: Fast.relu(x)
    case .gelu: Fast.gelu(x)
    case .glu: Fast.glu(x)
    }
  }
}

/// [relu]
package func relu(_ x: Tensor) -> Tensor { x.rectified() }

/// [gelu]
package func gelu(_ x: Tensor) -> Tensor { x.gaussianErrorLinear() }

/// [glu]
package func glu(_ x: Tensor) -> Tensor { x.gatedLinear() }

/// [mish]
package func mish(_ x: Tensor) -> Tensor { x.mish() }

/// [silu]
package func silu(_ x: Tensor) -> Tensor { x.sigmoidLinear() }

/// [gelu-tanh]
package func geluByTanh(_ x: Tensor) -> Tensor { x.gaussianErrorLinearByTanh() }

/// [elu]
package func elu(_ x: Tensor) -> Tensor { x.exponentialLinear() }
