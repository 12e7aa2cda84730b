/// Integers, permutations, masks and choices.
extension TorchGenerator {
  /// One element of `torch.randint(range)` (`random_from_to`, ATen/core/DistributionsHelper.h).
  ///
  /// The remainder of a division: 32 bits below a width of 2²⁸, 64 from there on.
  package mutating func integer(in range: Range<Int64>) -> Int64 {
    precondition(!range.isEmpty, "TorchGenerator.integer: empty range \(range)")
    let width = UInt64(bitPattern: range.upperBound &- range.lowerBound)
    let remainder = width >= 1 << 28 ? next64() % width : UInt64(next32()) % width
    return range.lowerBound &+ Int64(bitPattern: remainder)
  }

  /// `torch.randperm(count)` (`randperm_cpu`, ATen/native/TensorFactories.cpp): Fisher-Yates from
  /// the front, the partner being the remainder of a 32-bit word.
  package mutating func permutation(_ count: Int) -> [Int] { permutation(count, of: Int.self) }

  /// The same in a smaller type, which must hold `count`.
  package mutating func permutation<Index: FixedWidthInteger>(
    _ count: Int, of type: Index.Type
  ) -> [Index] {
    var order = [Index](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      for index in 0..<count { buffer.initializeElement(at: index, to: Index(index)) }
      initializedCount = count
    }
    for index in 0..<max(count - 1, 0) {
      order.swapAt(index, index + Int(next32()) % (count - index))
    }
    return order
  }

  /// One element of `bernoulli_(probability)`, drawn in Double whatever the tensor's type.
  package mutating func bernoulli(_ probability: Double) -> Bool {
    uniform() < probability
  }

  /// The elements `F.dropout(x, p=rate)` keeps, out of `count`, in row-major order.
  /// Kept ones are then scaled by 1 / (1 − rate).
  package mutating func dropoutMask(count: Int, rate: Double) -> [Bool] {
    (0..<count).map { _ in bernoulli(1 - rate) }
  }

  /// `torch.multinomial(weights, count, replacement)` on float32 weights, which need not sum to
  /// one (ATen/native/Distributions.cpp). Without replacement, or for a single draw, it races
  /// exponential clocks: the largest of w / e, e ∼ Exp(1), come first.
  ///
  /// - Parameter weights: not negative, at least `count` of them positive unless `replacement`.
  package mutating func multinomial(
    weights: [Float], count: Int, replacement: Bool
  ) -> [Int] {
    precondition(
      replacement || count <= weights.count,
      "multinomial: \(count) draws from \(weights.count) weights without replacement")
    if replacement && count > 1 { return multinomialWithReplacement(weights, count: count) }
    let scores = weights.map { $0 / Float(exponential()) }
    return Array(weights.indices.sorted { scores[$0] > scores[$1] }.prefix(count))
  }

  /// Inverts the cumulative distribution, one uniform Double per draw.
  private mutating func multinomialWithReplacement(_ weights: [Float], count: Int) -> [Int] {
    var sum: Float = 0
    var cumulative = weights.map { weight in
      sum += weight
      return sum
    }
    if sum > 0 { cumulative = cumulative.map { $0 / sum } }
    cumulative[cumulative.count - 1] = 1
    return (0..<count).map { _ in
      let target: Double = uniform()
      return cumulative.firstIndex { Double($0) >= target } ?? cumulative.count - 1
    }
  }
}
