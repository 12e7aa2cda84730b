import CTorchTable

extension Tensor {
  /// The same elements, in order, under another shape; one size may be -1.
  package func reshaped(_ newShape: [Int]) -> Tensor {
    made(newShape.withInt64s { ct_reshape(handle, $0, $1) }, "reshape", self)
  }

  /// Axes in another order: axis i of the result is axis `order[i]` of this.
  package func permuted(_ order: [Int]) -> Tensor {
    made(order.withInt64s { ct_permute(handle, $0, $1) }, "permute", self)
  }

  /// Two axes exchanged; negative ones count from the end.
  package func transposed(_ a: Int, _ b: Int) -> Tensor {
    made(ct_transpose(handle, Int32(a), Int32(b)), "transpose", self)
  }

  /// Repeats axes of size 1 without copying.
  package func broadcast(to target: [Int]) -> Tensor {
    made(target.withInt64s { ct_expand(handle, $0, $1) }, "broadcast", self)
  }

  /// Part of one axis, sharing memory with this.
  package func sliced(_ range: Range<Int>, axis: Int) -> Tensor {
    let part = ct_narrow(handle, Int32(axis), Int64(range.lowerBound), Int64(range.count))
    return made(part, "slice", self)
  }

  /// One place along an axis, which disappears.
  package func selected(_ index: Int, axis: Int) -> Tensor {
    made(ct_select(handle, Int32(axis), Int64(index)), "select", self)
  }

  /// A new axis of size 1.
  package func expanded(axis: Int) -> Tensor {
    made(ct_unsqueeze(handle, Int32(axis)), "unsqueeze", self)
  }

  /// The elements of [B, C, H, W] laid out with the channels of a pixel side by side.
  package func withChannelsLast() -> Tensor {
    made(ct_channels_last(handle), "channels last", self)
  }

  /// The elements laid out in row-major order.
  package func contiguous() -> Tensor { made(ct_contiguous(handle), "contiguous", self) }

  /// Parts joined along an axis they have.
  package static func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
    let joined = parts.withHandles { ct_concatenate($0, $1, Int32(axis)) }
    return made(joined, "concatenate", parts.first, parts.last)
  }

  /// Parts joined along a new axis.
  package static func stacked(_ parts: [Tensor], axis: Int = 0) -> Tensor {
    let joined = parts.withHandles { ct_stack($0, $1, Int32(axis)) }
    return made(joined, "stack", parts.first, parts.last)
  }

  /// 1 at the place that each element names and 0 elsewhere, along a new last axis, int64.
  package func oneHot(_ count: Int) -> Tensor {
    made(ct_one_hot(handle, Int64(count)), "one-hot", self)
  }

  /// The element at the place that `places` names along one axis, for each of its elements.
  ///
  /// - Parameter places: int64, the shape of this but for that axis.
  package func gathered(_ places: Tensor, axis: Int) -> Tensor {
    made(ct_gather(handle, Int32(axis), places.handle), "gather", self, places)
  }
}
