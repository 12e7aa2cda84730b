import OrderedCollections

/// One feature's mode with its statistics.
struct FeatureNormalization {
  let feature: String
  let type: FeatureType
  let mode: NormalizationMode
  let statistics: OrderedDictionary<String, HostTensor>
  let epsilon: Double

  /// The two statistics a mode is made of.
  private var names: (first: String, second: String) {
    let names = mode == .identity ? ["mean", "std"] : mode.statistics
    return (names[0], names[1])
  }

  /// Maps every element of a value: float64 stays float64, everything else becomes float32.
  /// Bytes of an image stand for byte / 255, and stay bytes with a table of what they map to.
  func run<Map: ElementMap>(
    _ map: Map.Type, on value: Batch.Value
  ) throws(ProcessorError) -> Batch.Value {
    let tensor = value.tensor
    if type == .visual, let bytes = tensor.values(of: UInt8.self) {
      let kernel: NormalizationKernel<Map, Float> = try kernel(for: tensor.shape)
      return .picture(
        PictureBytes(
          bytes, shape: tensor.shape, table: kernel.table, inner: kernel.layout.inner))
    }
    return .tensor(
      tensor.scalarType == .float64
        ? try run(map, on: tensor, as: Double.self) : try run(map, on: tensor, as: Float.self))
  }

  private func run<Map: ElementMap, Scalar: BinaryFloatingPoint & HostElement>(
    _: Map.Type, on tensor: HostTensor, as type: Scalar.Type
  ) throws(ProcessorError) -> HostTensor {
    let kernel: NormalizationKernel<Map, Scalar> = try kernel(for: tensor.shape)
    return HostTensor(kernel.map(tensor.elements(type)), shape: tensor.shape)
  }

  private func kernel<Map: ElementMap, Scalar: BinaryFloatingPoint & HostElement>(
    for shape: [Int]
  ) throws(ProcessorError) -> NormalizationKernel<Map, Scalar> {
    let first = try statistic(names.first)
    let second = try statistic(names.second)
    let widest = first.count >= second.count ? (names.first, first) : (names.second, second)
    guard let layout = StatisticLayout(statistic: widest.1.shape, shape: shape) else {
      throw misfit(widest.0, widest.1.shape, shape)
    }
    let offset: [Scalar] = try values(first, names.first, over: layout, of: shape)
    let other: [Scalar] = try values(second, names.second, over: layout, of: shape)
    let scale = zip(offset, other).map { Map.scale($0, $1, epsilon: Scalar(epsilon)) }
    return NormalizationKernel(offset: offset, scale: scale, layout: layout)
  }

  private func statistic(_ name: String) throws(ProcessorError) -> HostTensor {
    guard let tensor = statistics[name] else {
      throw .missingStatistic(feature: feature, mode: mode, statistic: name)
    }
    return tensor
  }

  /// A statistic's values, one per period of `layout`.
  private func values<Scalar: BinaryFloatingPoint & HostElement>(
    _ statistic: HostTensor, _ name: String, over layout: StatisticLayout, of shape: [Int]
  ) throws(ProcessorError) -> [Scalar] {
    let values = statistic.elements(Scalar.self)
    if values.count == 1 { return Array(repeating: values[0], count: layout.period) }
    guard StatisticLayout(statistic: statistic.shape, shape: shape) == layout else {
      throw misfit(name, statistic.shape, shape)
    }
    return values
  }

  private func misfit(_ name: String, _ shape: [Int], _ tensor: [Int]) -> ProcessorError {
    .statisticShape(feature: feature, statistic: name, shape: shape, tensor: tensor)
  }
}
