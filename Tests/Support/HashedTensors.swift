import LeRobotCore
import Reference

// The formulas of `Fixtures/generate/policies/act.py` for what is too large to store.

/// Numbers in 0..<1: a hash of index and seed.
package func hashedUnits(_ count: Int, seed: UInt32) -> [Double] {
  (0..<UInt32(count)).map { index in
    var h = index &* 2_654_435_761 &+ seed
    h = (h ^ h >> 16) &* 2_246_822_507
    h = (h ^ h >> 13) &* 3_266_489_909
    return Double(h ^ h >> 16) / 4_294_967_296
  }
}

/// Whether a golden fills a tensor by formula and stores digests of what becomes of it.
package func isLarge(_ name: String) -> Bool {
  name.contains("backbone") || name.hasSuffix("img_feat_input_proj.weight")
}

/// A large tensor by its name: He-scaled weights, norms near the identity.
package func filled(_ name: String, _ shape: [Int], seed: UInt32) -> HostTensor {
  let units = hashedUnits(shape.reduce(1, *), seed: seed)
  if shape.count >= 2 {
    let bound = (3 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
    return HostTensor(units.map { (2 * $0 - 1) * bound }, shape: shape)
  }
  let isScale = name.hasSuffix("weight") || name.hasSuffix("running_var")
  return HostTensor(units.map { $0 + (isScale ? 0.5 : -0.5) }, shape: shape)
}

/// A whole tensor in sixteen numbers: Σ t·u, Σ |t|, max |t| and 13 elements.
package func digest(_ tensor: HostTensor) -> HostTensor {
  let elements = tensor.doubles
  let weights = hashedUnits(elements.count, seed: 1)
  let places = hashedUnits(13, seed: 2).map { Int($0 * Double(elements.count)) }
  let magnitudes = elements.map(abs)
  let totals = [
    zip(elements, weights).reduce(0) { $0 + $1.0 * $1.1 }, magnitudes.reduce(0, +),
    magnitudes.max() ?? 0,
  ]
  return HostTensor(totals + places.map { elements[$0] }, shape: [16])
}

/// The formula's torchvision file of a ResNet-18, as old as the real one: without counts of batches.
package func filledResNet18() -> NamedTensors {
  let network = Reference.ResNet(.resnet18, norm: .batch, random: SplitMixRandom(seed: 0))
  let shapes = network.parameters.filter { !$0.key.hasSuffix("num_batches_tracked") }.map {
    ($0.key, $0.value.value.shape)
  }
  var all: NamedTensors = [:]
  for (seed, (name, shape)) in shapes.enumerated() {
    let floats = filled(name, shape, seed: UInt32(seed)).doubles.map(Float.init)
    all[name] = HostTensor(floats, shape: shape)
  }
  return all
}
