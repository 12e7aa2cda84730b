extension Fault {
  /// Faults that depend on the seed and the number of a request alone.
  ///
  /// - Parameter rate: The share of requests that go wrong, 0 to 1.
  package static func random(
    seed: UInt64, rate: Double
  ) -> @Sendable (ReceivedRequest) -> Fault? {
    { request in
      var generator = SplitMix64(state: seed &+ UInt64(request.number) &* 0x9e37_79b9_7f4a_7c15)
      guard Double.random(in: 0..<1, using: &generator) < rate else { return nil }
      let count = Int.random(in: 0..<100_000, using: &generator)
      let faults: [Fault] = [
        .serverError, .unavailable, .tooManyRequests(retryAfter: 1), .disconnect,
        .cut(afterBytes: count), .cutUpload(afterBytes: count),
        .slow(bytesPerSecond: 50_000 + count),
      ]
      return faults.randomElement(using: &generator)
    }
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
