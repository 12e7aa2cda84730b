import CTorchTable

/// Matrix product over the last two axes; the others broadcast.
///
/// - Parameters:
///   - a: […, M, K].
///   - b: […, K, N].
/// - Returns: […, M, N].
package func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  made(ct_matmul(a.handle, b.handle), "matmul", a, b)
}

extension Tensor {
  /// Orthonormal columns Q of [M, N], M ≥ N, that span the same: x = QR with an upper triangle R.
  func orthonormalized() -> Tensor { made(ct_orthonormal(handle), "QR", self) }

  /// x·Wᵀ + b over the last axis.
  package func linear(_ weight: Tensor, _ bias: Tensor?) -> Tensor {
    made(ct_linear(handle, weight.handle, bias?.handle), "linear", self, weight, bias)
  }

  /// Cross-correlation of [B, C, H, W] with [O, C, k, k].
  ///
  /// For LeRobot's rounding the weights are brought into the order in which LeRobot has them, since a
  /// convolution of another order rounds otherwise (Decision 0010).
  package func convolved(
    _ weight: Tensor, _ bias: Tensor?, stride: Int, padding: Int, dilation: Int
  ) -> Tensor {
    let (x, w) =
      switch Torch.rounding {
      case .fast: (self, weight)
      case .asLeRobot: (contiguous(), weight.contiguous())
      }
    let result = ct_conv2d(
      x.handle, w.handle, bias?.handle, Int32(stride), Int32(padding), Int32(dilation))
    return made(result, "convolution", self, weight, bias)
  }

  /// Cross-correlation of [B, C, T] with [O, C, k].
  package func convolved1D(_ weight: Tensor, _ bias: Tensor, stride: Int, padding: Int) -> Tensor {
    let result = ct_conv1d(
      handle, weight.handle, bias.handle, Int32(stride), Int32(padding))
    return made(result, "convolution", self, weight, bias)
  }

  /// The transpose of that for [B, C, T] with [C, O, k].
  func transposeConvolved1D(
    _ weight: Tensor, _ bias: Tensor, stride: Int, padding: Int
  ) -> Tensor {
    let result = ct_conv_transpose1d(
      handle, weight.handle, bias.handle, Int32(stride), Int32(padding))
    return made(result, "transposed convolution", self, weight, bias)
  }

  /// The largest element of each window of [B, C, H, W].
  func maxPooled(kernelSize: Int, stride: Int, padding: Int) -> Tensor {
    let result = ct_max_pool2d(handle, Int32(kernelSize), Int32(stride), Int32(padding))
    return made(result, "max pool", self)
  }

  /// The same of max(x, 0), in one pass.
  func rectifiedAndMaxPooled(kernelSize: Int, stride: Int, padding: Int) -> Tensor {
    let result = ct_rectified_max_pool2d(
      handle, Int32(kernelSize), Int32(stride), Int32(padding))
    return made(result, "relu and max pool", self)
  }

  /// softmax(s·q·kᵀ + forbidden)·v of `headCount` heads side by side; `self` is q, [Sq, B, D].
  ///
  /// - Parameters:
  ///   - key: k, [Sk, B, D].
  ///   - value: v, [Sk, B, D].
  ///   - forbidden: 0 or −∞, [B, Sk].
  ///   - kept: the mask of dropout, [B·heads, Sq, Sk]; nil draws it from torch's generator.
  ///   - dropout: p; 0 drops nothing.
  /// - Returns: [Sq, B, D].
  package func attending(
    to key: Tensor, _ value: Tensor, forbidden: Tensor?, kept: Tensor?, headCount: Int,
    scale: Double, dropout: Double
  ) -> Tensor {
    let result = ct_attention(
      handle, key.handle, value.handle, forbidden?.handle, kept?.handle, Int32(headCount), scale,
      dropout)
    return made(result, "attention", self, key)
  }

  /// Normalises each channel of [B, C, …]: in training by the batch, moving `mean` and `variance`
  /// towards it, else by those.
  func batchNormalized(
    _ weight: Tensor, _ bias: Tensor, mean: Tensor, variance: Tensor, isTraining: Bool,
    momentum: Double, epsilon: Double
  ) -> Tensor {
    let result = ct_batch_norm(
      handle, weight.handle, bias.handle, mean.handle, variance.handle, isTraining, momentum,
      epsilon)
    return made(result, "batch norm", self, weight, bias)
  }

  /// Normalises groups of channels of [B, C, …].
  func groupNormalized(
    groupCount: Int, _ weight: Tensor, _ bias: Tensor, epsilon: Double
  ) -> Tensor {
    let result = ct_group_norm(handle, Int32(groupCount), weight.handle, bias.handle, epsilon)
    return made(result, "group norm", self, weight, bias)
  }

  /// Normalises the last axis.
  func layerNormalized(_ weight: Tensor, _ bias: Tensor, epsilon: Double) -> Tensor {
    let result = ct_layer_norm(handle, weight.handle, bias.handle, epsilon)
    return made(result, "layer norm", self, weight, bias)
  }

  /// [B, C, h, w] at another size, between the nearest pixels and without smoothing.
  func interpolated(height: Int, width: Int) -> Tensor {
    made(ct_bilinear(handle, Int64(height), Int64(width)), "bilinear", self)
  }

  /// Zeros before and after the elements of the last axes, the last axis first.
  package func padded(_ around: [Int]) -> Tensor {
    made(around.withInt64s { ct_pad(handle, $0, $1) }, "pad", self)
  }

  /// x/√(mean x² + ε) · w over the last axis.
  func rmsNormalized(_ weight: Tensor, epsilon: Double) -> Tensor {
    made(ct_rms_norm(handle, weight.handle, epsilon), "RMS norm", self, weight)
  }

  /// softmax(q·kᵀ/√d + bias)·v; `self` is q, [B, H, Sq, d].
  ///
  /// - Parameters:
  ///   - key: k, [B, G, Sk, d].
  ///   - value: v, [B, G, Sk, d].
  ///   - bias: [B, 1, Sq, Sk].
  /// - Returns: [B, H, Sq, d].
  func attendingInGroups(to key: Tensor, _ value: Tensor, bias: Tensor?) -> Tensor {
    let result = ct_grouped_attention(handle, key.handle, value.handle, bias?.handle)
    return made(result, "attention", self, key, value)
  }

  /// Rows of `self` [N, D] by index.
  func rows(_ indices: Tensor) -> Tensor {
    made(ct_embedding(handle, indices.handle), "embedding", self, indices)
  }

  /// Gaussian error linear unit, by the error function.
  func gaussianErrorLinear() -> Tensor { made(ct_gelu(handle), "gelu", self) }
  /// The same with a hyperbolic tangent in its place.
  func gaussianErrorLinearByTanh() -> Tensor { made(ct_gelu_tanh(handle), "gelu", self) }
  /// x/(1 + e⁻ˣ).
  func sigmoidLinear() -> Tensor { made(ct_silu(handle), "silu", self) }
  /// x · tanh(log(1 + eˣ)).
  func mish() -> Tensor { made(ct_mish(handle), "mish", self) }
  /// The first half of the last axis, gated by the logistic of the second.
  func gatedLinear() -> Tensor { made(ct_glu(handle), "glu", self) }
}
