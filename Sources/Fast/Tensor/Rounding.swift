import CTorchTable

/// How results are rounded where several kernels give the same numbers up to rounding.
package enum Rounding: Sendable {
  /// By the fastest kernels.
  case fast
  /// As the operations of torch round that LeRobot's modules call (Decision 0010).
  case asLeRobot

  /// The shim's number for it.
  var rawValue: Int32 {
    switch self {
    case .fast: Int32(CT_ROUND_FAST)
    case .asLeRobot: Int32(CT_ROUND_AS_LEROBOT)
    }
  }
}

/// A kernel of our own, which computes what one or several of libtorch's operations do.
package enum Kernel: Sendable, CaseIterable {
  /// softmax(s·q·kᵀ)·v of all heads, with dropout.
  case attention
  /// Dropout alone, and behind a rectifier.
  case dropout, rectifiedDropout
  /// Convolution over time as one product.
  case convolution1D
  /// The largest of each window of max(x, 0).
  case rectifiedMaxPool
  /// x·Wᵀ + b by oneDNN.
  case linear
  /// A weight's gradient kept as the factors of a product.
  case gradientFactors

  /// The shim's number for it.
  var rawValue: Int32 {
    switch self {
    case .attention: Int32(CT_ATTENTION)
    case .dropout: Int32(CT_DROPOUT)
    case .rectifiedDropout: Int32(CT_RECTIFIED_DROPOUT)
    case .convolution1D: Int32(CT_CONVOLUTION_1D)
    case .rectifiedMaxPool: Int32(CT_RECTIFIED_MAX_POOL)
    case .linear: Int32(CT_LINEAR)
    case .gradientFactors: Int32(CT_FACTORS)
    }
  }
}
