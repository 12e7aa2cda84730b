// The numbers are those of `ctorch_table.h`; a test asserts it.

/// Which kernels compute (CKernels): ours, or libtorch's alone.
package enum KernelChoice: Int32, Sendable, CaseIterable {
  /// libtorch's own operations and memory, and nothing of ours.
  case plain = 0
  /// Ours where they suit the processor.
  case own = 1
  /// Ours wherever their arithmetic allows it, whatever the processor and the sizes: for tests.
  case forced = 2

  /// What the log says where `plain` computes.
  package static let plainWarning =
    "LEROBOT_PLAIN_KERNELS=1: every operation is libtorch's own; steps take longer and need more memory"

  /// What the variable `LEROBOT_PLAIN_KERNELS` of an environment asks for: 1 for `plain`; 0, or no such
  /// variable, for `own`.
  ///
  /// - Throws: `TorchError.unsupported` for any other value.
  package init(environment: [String: String]) throws(TorchError) {
    switch environment["LEROBOT_PLAIN_KERNELS"] {
    case nil, "", "0": self = .own
    case "1": self = .plain
    case .some(let value):
      throw .unsupported(
        key: "LEROBOT_PLAIN_KERNELS",
        reason: "\(value) is neither 1 nor 0; set it to 1 for libtorch's "
          + "own kernels alone, or unset it")
    }
  }
}

/// How results are rounded where several kernels give the same numbers up to rounding.
package enum Rounding: Int32, Sendable {
  /// By the fastest kernels.
  case fast = 0
  /// As the operations of torch round that LeRobot's modules call (Decision 0010).
  case asLeRobot = 1
}

/// A kernel of our own, which computes what one or several of libtorch's operations do.
package enum Kernel: Int32, Sendable, CaseIterable {
  /// softmax(s·q·kᵀ)·v of all heads, with dropout.
  case attention = 0
  /// Dropout.
  case dropout = 1
  /// Dropout of max(x, 0).
  case rectifiedDropout = 2
  /// Convolution over time as one product.
  case convolution1D = 3
  /// The largest of each window of max(x, 0).
  case rectifiedMaxPool = 4
  /// x·Wᵀ + b by oneDNN.
  case linear = 5
  /// A weight's gradient kept as the factors of a product.
  case gradientFactors = 6
  /// Convolution of small pictures, one product for each tap.
  case convolution2D = 7
  /// Adam on bfloat16 numbers in one pass.
  case narrowAdam = 8
}
