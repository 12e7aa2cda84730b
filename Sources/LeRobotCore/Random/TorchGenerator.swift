/// torch's CPU generator: MT19937, and what torch draws from it on CPU, bit for bit.
///
/// The draws stand in the extensions: `TorchGenerator+Uniform`, `+Normal`, `+Discrete`,
/// `+Initializers`. Each says which ATen function it follows. LeRobot 0.4.2 runs on torch 2.7.
package struct TorchGenerator: Sendable, Equatable {
  /// The seed last set, as `torch.initial_seed()` reports it.
  package internal(set) var initialSeed: UInt64
  /// The words behind every draw.
  var engine: MersenneTwister
  /// True until the first draw after seeding. torch's state tells a seeded generator from one
  /// that has used up a block, though both refill next.
  var isFresh: Bool
  /// The second normal of a pair drawn one by one, kept for the next such draw.
  var cachedNormal: Double?
  /// As `cachedNormal`, for draws in Float. torch 2.7 never makes one; a state may hold it.
  var cachedFloatNormal: Float?

  /// As `torch.manual_seed(seed)`: the twister takes the seed's lower 32 bits.
  package init(seed: UInt64) {
    initialSeed = seed
    engine = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
    isFresh = true
  }

  /// 32 random bits (`CPUGeneratorImpl::random`).
  package mutating func next32() -> UInt32 {
    isFresh = false
    return engine.next()
  }

  /// 64 random bits, the first word high (`CPUGeneratorImpl::random64`).
  package mutating func next64() -> UInt64 {
    let high = UInt64(next32())
    return high << 32 | UInt64(next32())
  }

  /// As `torch.empty((), dtype=torch.int64).random_().item()`: in 0..<2⁶³. A data loader's base
  /// seed and a random sampler's seed are drawn so.
  package mutating func nextInt64() -> Int64 {
    Int64(next64() & 0x7fff_ffff_ffff_ffff)
  }
}
