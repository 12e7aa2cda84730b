import Foundation
import LeRobotCore

/// Statistics of a camera over sampled and thinned pictures, in 0…1
/// (LeRobot `datasets/compute_stats.py`, `sample_images`, `get_feature_stats`).
///
/// The deviation is the pictures' true one. LeRobot 0.4.2 squares bytes as bytes, which overflows
/// (Quirks.md, Q-DATA-9); its result is of no use for training.
package struct PictureStatistics {
  /// How often each byte occurs, by channel.
  private var counts = [[Int]](repeating: [Int](repeating: 0, count: 256), count: 3)
  private var pictureCount = 0

  package init() {}

  /// Counts one picture, [height, width, 3].
  package mutating func add(_ image: RGBImage) {
    add(image.pixels, height: image.height, width: image.width) { pixel, channel in
      3 * pixel + channel
    }
  }

  /// Counts one picture of bytes [3, height, width], as cameras read it.
  package mutating func add(planes: [UInt8], height: Int, width: Int) {
    add(planes, height: height, width: width) { pixel, channel in
      channel * height * width + pixel
    }
  }

  /// - Parameter place: of a pixel's channel among the bytes.
  private mutating func add(
    _ bytes: [UInt8], height: Int, width: Int, at place: (_ pixel: Int, _ channel: Int) -> Int
  ) {
    let step = Self.thinning(height: height, width: width)
    for y in stride(from: 0, to: height, by: step) {
      for x in stride(from: 0, to: width, by: step) {
        for channel in 0..<3 { counts[channel][Int(bytes[place(y * width + x, channel)])] += 1 }
      }
    }
    pictureCount += 1
  }

  /// Which frames of an episode are looked at (`sample_indices`): about length^¾ of them, spread
  /// evenly, and no fewer than 100 where there are as many.
  package static func sampledFrames(of length: Int) -> [Int] {
    let wanted = min(Int(pow(Double(length), 0.75)), 10_000)
    return NumPy.linspace(0, Double(length - 1), count: max(min(100, length), wanted))
      .map { Int($0.rounded(.toNearestOrEven)) }
  }

  /// Every how many pixels are counted (`auto_downsample_height_width`).
  package static func thinning(height: Int, width: Int) -> Int {
    max(height, width) < 300 ? 1 : max(height, width) / 150
  }

  /// All statistics, [3, 1, 1]; `count` is the number of pictures.
  package var statistics: NamedTensors {
    let channels = counts.map(Channel.init)
    func tensor(_ value: (Channel) -> Double) -> HostTensor {
      HostTensor(channels.map { value($0) / 255 }, shape: [3, 1, 1])
    }
    var result: NamedTensors = [
      "min": tensor(\.least), "max": tensor(\.most), "mean": tensor(\.mean),
      "std": tensor(\.deviation), "count": HostTensor([Int64(pictureCount)], shape: [1]),
    ]
    let quantiles = channels.map { $0.histogram.quantiles(of: $0.total) }
    for (place, quantile) in Histogram<Double>.quantiles.enumerated() {
      result[quantile.name] = HostTensor(quantiles.map { $0[place] / 255 }, shape: [3, 1, 1])
    }
    return result
  }

  /// One channel, in bytes.
  private struct Channel {
    let counts: [Int]
    let total: Int
    let least: Double
    let most: Double
    let mean: Double
    let deviation: Double

    init(_ counts: [Int]) {
      self.counts = counts
      total = counts.reduce(0, +)
      least = Double(counts.firstIndex { $0 > 0 } ?? 0)
      most = Double(counts.lastIndex { $0 > 0 } ?? 0)
      let (sum, squares) = counts.enumerated().reduce((0, 0)) { sums, entry in
        (
          sums.0 + entry.element * entry.offset,
          sums.1 + entry.element * entry.offset * entry.offset
        )
      }
      mean = Double(sum) / Double(total)
      deviation = max(0, Double(squares) / Double(total) - mean * mean).squareRoot()
    }

    var histogram: Histogram<Double> {
      var histogram = Histogram(least: least, most: most)
      for (value, count) in counts.enumerated() where count > 0 {
        histogram.add(Double(value), times: count)
      }
      return histogram
    }
  }
}
