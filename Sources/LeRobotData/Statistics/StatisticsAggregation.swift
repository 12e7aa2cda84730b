import LeRobotCore
import OrderedCollections

extension FeatureStatistics {
  /// Statistics of several episodes made one (LeRobot `datasets/compute_stats.py`,
  /// `aggregate_stats`).
  ///
  /// With counts nₑ and n = Σₑ nₑ:
  /// [stats-mean]  μ = Σₑ nₑ μₑ / n
  /// [stats-std]   σ = √(Σₑ nₑ (σₑ² + (μₑ − μ)²) / n)
  /// [stats-quantile]  q = Σₑ nₑ qₑ / n
  /// Minima and maxima are taken over all episodes.
  ///
  /// - Returns: nil where an episode lacks a statistic that the others have or has it in another
  ///   shape, or where the counts are no whole numbers.
  package static func aggregate(_ episodes: [FeatureStatistics]) -> FeatureStatistics? {
    var result: FeatureStatistics = [:]
    let keys = OrderedSet(episodes.flatMap(\.keys))
    for key in keys {
      guard let feature = aggregateFeature(episodes.compactMap { $0[key] }) else { return nil }
      result[key] = feature
    }
    return result
  }

  private static func aggregateFeature(
    _ episodes: [OrderedDictionary<String, HostTensor>]
  ) -> OrderedDictionary<String, HostTensor>? {
    func column(_ name: String) -> [HostTensor]? {
      let tensors = episodes.compactMap { $0[name] }
      let isWhole = tensors.count == episodes.count && Set(tensors.map(\.shape)).count == 1
      return isWhole ? tensors : nil
    }
    guard let means = column("mean"), let deviations = column("std"), let minima = column("min"),
      let maxima = column("max"), let counts = column("count"), counts[0].count == 1,
      means[0].shape == deviations[0].shape
    else { return nil }
    let weights = counts.map { $0.doubles[0] }
    guard let count = Int64(exactly: weights.reduce(0, +)) else { return nil }
    let mean = weightedMean(means.map(\.doubles), weights)
    let spread = zip(means, deviations).map { episode in
      zip(zip(episode.0.doubles, squares(episode.1)), mean).map { values, mean in
        values.1 + (values.0 - mean) * (values.0 - mean)
      }
    }
    var result: OrderedDictionary<String, HostTensor> = [
      "min": extreme(minima, Swift.min, Swift.min),
      "max": extreme(maxima, Swift.max, Swift.max),
      "mean": HostTensor(mean, shape: means[0].shape),
      "std": HostTensor(
        weightedMean(spread, weights).map { $0.squareRoot() }, shape: means[0].shape),
      "count": HostTensor([count], shape: [1]),
    ]
    for name in episodes[0].keys where name.hasPrefix("q") && Int(name.dropFirst()) != nil {
      guard let quantiles = column(name) else { continue }
      result[name] = HostTensor(
        weightedMean(quantiles.map(\.doubles), weights), shape: quantiles[0].shape)
    }
    return result
  }

  /// Rounded to the type the deviations have, as NumPy does.
  private static func squares(_ deviations: HostTensor) -> [Double] {
    if let values = deviations.values(of: Float.self) { return values.map { Double($0 * $0) } }
    return deviations.doubles.map { $0 * $0 }
  }

  /// Σₑ nₑ xₑ / Σₑ nₑ for each component, summed as NumPy does.
  private static func weightedMean(_ values: [[Double]], _ weights: [Double]) -> [Double] {
    let total = weights.reduce(0, +)
    let weighted = zip(values, weights).flatMap { values, weight in values.map { $0 * weight } }
    return NumPy.columnSums(weighted, width: values[0].count).map { $0 / total }
  }

  /// The extreme of each component; integers and truth values stay what they are.
  private static func extreme(
    _ tensors: [HostTensor], _ pick: (Int64, Int64) -> Int64, _ pickReal: (Double, Double) -> Double
  ) -> HostTensor {
    func fold<Element>(
      _ values: [[Element]], _ pick: (Element, Element) -> Element
    ) -> [Element] {
      values[0].indices.map { i in values.dropFirst().reduce(values[0][i]) { pick($0, $1[i]) } }
    }
    let shape = tensors[0].shape
    let integers = tensors.compactMap { $0.values(of: Int64.self) }
    if integers.count == tensors.count { return HostTensor(fold(integers, pick), shape: shape) }
    let reals = fold(tensors.map(\.doubles), pickReal)
    if tensors.allSatisfy({ $0.scalarType == .bool }) {
      return HostTensor(reals.map { $0 != 0 }, shape: shape)
    }
    return HostTensor(reals, shape: shape)
  }
}
