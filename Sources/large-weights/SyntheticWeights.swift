import LeRobotCore
import OrderedCollections

/// Weights that are made up when they are asked for: every tensor by its own seed.
struct SyntheticWeights: WeightSource {
  let entries: OrderedDictionary<String, WeightEntry>

  init(blockCount: Int, width: Int) {
    var entries: OrderedDictionary<String, WeightEntry> = [:]
    for block in 0..<blockCount {
      entries[LargePolicy.weightName(block)] = WeightEntry(.bfloat16, shape: [width, width])
      entries[LargePolicy.gainName(block)] = WeightEntry(.float32, shape: [width])
    }
    self.entries = entries
  }

  func tensor(_ name: String) throws(WeightError) -> HostTensor {
    guard let place = entries.index(forKey: name) else {
      throw .missing(name, source: "the synthetic weights")
    }
    let entry = entries.values[place]
    if entry.type == .float32 {
      return HostTensor([Float](repeating: 1, count: entry.shape[0]), shape: entry.shape)
    }
    // ±2⁻⁹ … ±2⁻⁸: a sign and a mantissa by chance.
    var state = UInt64(place) &+ 0x9E37_79B9_7F4A_7C15
    let count = entry.shape.reduce(1, *)
    let bits = [UInt16](unsafeUninitializedCapacity: count) { bits, initializedCount in
      for index in 0..<count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let chance = UInt16(truncatingIfNeeded: state >> 48)
        bits[index] = chance & 0x807F | 0x3B00
      }
      initializedCount = count
    }
    return HostTensor(.bfloat16, shape: entry.shape, buffer: HostBuffer(bits))
  }
}
