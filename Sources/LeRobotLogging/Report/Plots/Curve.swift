import Foundation

/// A value that was measured at a step.
package struct PlotPoint: Sendable, Equatable {
  package var step: Double
  /// May be no number.
  package var value: Double

  package init(step: Double, value: Double) { (self.step, self.value) = (step, value) }
}

/// A curve of a plot.
package struct Curve: Sendable, Equatable {
  package enum Style: Sendable {
    case line
    /// A thin line, and a thick one of its moving average where there are many points.
    case smoothed
    /// Points with lines between.
    case points
    /// The area between it and the curve before.
    case area
  }

  package var name: String
  package var style: Style
  /// The place of its colour in the palette.
  package var color: Int
  /// For a curve that often lies on another.
  package var isDashed: Bool
  /// By step.
  package var points: [PlotPoint]

  /// - Parameter points: in any order, as a run that was set back wrote them.
  package init(
    _ name: String, _ style: Style = .line, color: Int = 0, isDashed: Bool = false,
    points: [PlotPoint]
  ) {
    (self.name, self.style, self.color, self.isDashed) = (name, style, color, isDashed)
    let isSorted = zip(points, points.dropFirst()).allSatisfy { $0.step <= $1.step }
    self.points = isSorted ? points : points.sorted { $0.step < $1.step }
  }

  /// Whether the moving average says more than the values alone.
  package var isSmoothed: Bool { style == .smoothed && points.count >= Self.smoothedCount }
  private static let smoothedCount = 60

  /// Points of the moving average on either side of each.
  package var smoothingReach: Int { max(2, points.count / 50) }

  /// The mean of a point and its neighbours, at no more than `limit` points. Values that are no numbers
  /// are left out.
  ///
  /// There are as many neighbours before as behind, so that the mean lags behind nothing, down to the
  /// first point. Near the end the window is cut: the latest points would otherwise jump with each value.
  ///
  /// Each mean is a sum of its own: differences of running sums would lose all digits behind a peak.
  ///
  /// - Parameter isLogarithmic: takes geometric means, which follow a curve on a logarithmic axis;
  ///   others lie above it wherever it falls. All values are then positive.
  package func movingAverage(limit: Int, isLogarithmic: Bool = false) -> [PlotPoint] {
    let places = min(points.count, limit)
    return (0..<places).map { place in
      let index = places < 2 ? 0 : place * (points.count - 1) / (places - 1)
      let reach = min(smoothingReach, index)
      let last = min(index + reach, points.count - 1)
      var (sum, count) = (0.0, 0)
      for point in points[index - reach...last] where point.value.isFinite {
        sum += isLogarithmic ? log(point.value) : point.value
        count += 1
      }
      let mean = count > 0 ? sum / Double(count) : .nan
      return PlotPoint(step: points[index].step, value: isLogarithmic ? exp(mean) : mean)
    }
  }
}
