import CTorchTable
import LeRobotCore

// Shapes broadcast as libtorch broadcasts them.
extension Tensor {
  package static func + (a: Tensor, b: Tensor) -> Tensor {
    made(ct_add(a.handle, b.handle), "+", a, b)
  }
  package static func - (a: Tensor, b: Tensor) -> Tensor {
    made(ct_subtract(a.handle, b.handle), "-", a, b)
  }
  package static func * (a: Tensor, b: Tensor) -> Tensor {
    made(ct_multiply(a.handle, b.handle), "*", a, b)
  }
  package static func / (a: Tensor, b: Tensor) -> Tensor {
    made(ct_divide(a.handle, b.handle), "/", a, b)
  }
  package static func + (a: Tensor, b: Double) -> Tensor {
    made(ct_add_number(a.handle, b), "+", a)
  }
  package static func + (a: Double, b: Tensor) -> Tensor { b + a }
  package static func - (a: Tensor, b: Double) -> Tensor { a + -b }
  package static func * (a: Tensor, b: Double) -> Tensor {
    made(ct_multiply_number(a.handle, b), "*", a)
  }
  package static func * (a: Double, b: Tensor) -> Tensor { b * a }
  package static func / (a: Tensor, b: Double) -> Tensor {
    made(ct_divide_number(a.handle, b), "/", a)
  }

  /// Element by element, as their names say.
  package func exp() -> Tensor { made(ct_exp(handle), "exp", self) }
  package func logarithm() -> Tensor { made(ct_log(handle), "log", self) }
  package func squareRoot() -> Tensor { made(ct_sqrt(handle), "sqrt", self) }
  /// 1 / √x.
  package func inverseSquareRoot() -> Tensor { made(ct_rsqrt(handle), "rsqrt", self) }
  /// 1 / x.
  package func reciprocal() -> Tensor { made(ct_reciprocal(handle), "reciprocal", self) }
  package func squared() -> Tensor { made(ct_power(handle, 2), "squared", self) }
  package func sine() -> Tensor { made(ct_sin(handle), "sin", self) }
  /// Of x cut to −1…1.
  package func arcsine() -> Tensor { made(ct_arcsine(handle), "arcsine", self) }
  package func cosine() -> Tensor { made(ct_cos(handle), "cos", self) }
  /// The number whose error function is x.
  package func inverseErrorFunction() -> Tensor { made(ct_erfinv(handle), "erfinv", self) }
  /// |x|.
  package func magnitude() -> Tensor { made(ct_abs(handle), "abs", self) }
  /// base ^ x.
  package func powers(of base: Double) -> Tensor {
    made(ct_number_power(base, handle), "power", self)
  }
  /// min(x, high).
  package func clamped(above high: Double) -> Tensor {
    made(ct_clamp_above(handle, high), "clamp", self)
  }
  /// min(max(x, low), high).
  package func clamped(to range: ClosedRange<Double>) -> Tensor {
    made(ct_clamp(handle, range.lowerBound, range.upperBound), "clamp", self)
  }
  /// `value` where `mask` is true, x elsewhere.
  package func filled(where mask: Tensor, with value: Double) -> Tensor {
    made(ct_masked_fill(handle, mask.handle, value), "masked fill", self, mask)
  }
  /// `number` where x is NaN, x elsewhere; infinite elements become the largest finite ones.
  package func replacingNaN(by number: Double) -> Tensor {
    made(ct_nan_to_number(handle, number), "nan to number", self)
  }
  /// Whether x > number, bool.
  package func isAbove(_ number: Double) -> Tensor { made(ct_is_above(handle, number), ">", self) }
  /// Logical negation.
  package func negated() -> Tensor { made(ct_logical_not(handle), "not", self) }

  /// 1 / (1 + e⁻ˣ).
  package func logistic() -> Tensor { made(ct_sigmoid(handle), "sigmoid", self) }
  /// tanh x.
  package func hyperbolicTangent() -> Tensor { made(ct_tanh(handle), "tanh", self) }
  /// x above 0, eˣ − 1 elsewhere.
  package func exponentialLinear() -> Tensor { made(ct_elu(handle), "elu", self) }
  /// max(x, 0).
  package func rectified() -> Tensor { made(ct_relu(handle), "relu", self) }
  /// max(x, 0) written over x: nothing else may need x afterwards.
  package func rectifiedInPlace() -> Tensor {
    demand(ct_graph_relu_(handle), "relu", self)
    return self
  }
  /// x + y written over x: nothing else may need x afterwards.
  package func addingInPlace(_ other: Tensor) -> Tensor {
    demand(ct_graph_add_(handle, other.handle), "+", self, other)
    return self
  }

  /// torch's dropout in training, drawn from the global generator.
  func droppedOut(probability: Double) -> Tensor {
    made(ct_dropout(handle, probability), "dropout", self)
  }
  /// The same of max(x, 0), in one pass.
  func rectifiedAndDroppedOut(probability: Double) -> Tensor {
    made(ct_rectified_dropout(handle, probability), "relu and dropout", self)
  }

  /// Sum of all elements [].
  package func sum() -> Tensor { made(ct_sum(handle), "sum", self) }
  /// Mean of all elements [].
  package func mean() -> Tensor { made(ct_mean(handle), "mean", self) }
  /// Sum over one axis, which disappears.
  package func sum(axis: Int) -> Tensor { made(ct_sum_axis(handle, Int32(axis)), "sum", self) }
  /// The smallest along one axis, which disappears.
  package func minimum(axis: Int) -> Tensor {
    made(ct_min_axis(handle, Int32(axis)), "minimum", self)
  }
  /// The standard deviation along one axis, which disappears; it divides by one less than there are.
  package func standardDeviation(axis: Int) -> Tensor {
    made(ct_std_axis(handle, Int32(axis)), "standard deviation", self)
  }
  /// Where the largest elements along one axis stand, the largest first, int64.
  package func topPlaces(_ count: Int, axis: Int) -> Tensor {
    made(ct_top_places(handle, Int64(count), Int32(axis)), "top", self)
  }
  /// Running sum along one axis.
  package func cumulativeSum(axis: Int) -> Tensor {
    made(ct_cumulative_sum(handle, Int32(axis)), "cumulative sum", self)
  }
  /// Exponentials that add up to 1 along the last axis.
  package func softmax() -> Tensor { made(ct_softmax(handle, -1), "softmax", self) }
  /// Logarithms of those along the last axis.
  package func logSoftmax() -> Tensor { made(ct_log_softmax(handle, -1), "log softmax", self) }
  /// The largest of all elements [].
  package func maximum() -> Tensor { made(ct_max(handle), "maximum", self) }
  /// Where the largest element of each row stands along the last axis, which disappears, int64: the
  /// first of equals; a NaN is the largest.
  package func argmax() -> Tensor { made(ct_argmax(handle, -1), "argmax", self) }
  /// Whether two elements are equal, bool.
  package func equals(_ other: Tensor) -> Tensor {
    made(ct_equal(handle, other.handle), "equal", self, other)
  }
  /// Whether no element is NaN or infinite.
  package func isFinite() throws(TorchError) -> Bool {
    let finite = made(ct_is_finite(handle), "is finite", self)
    return try made(ct_all(finite.handle), "all", finite).host() == HostTensor([true], shape: [])
  }
}
