/// OpenCV's `resize(…, INTER_LINEAR)` of 8-bit images: weights in units of 1/2048, rows first.
package struct BilinearResize: Sendable {
  /// Where one row or column of the result comes from: two neighbours and their weights.
  private struct Tap {
    var first: Int
    var second: Int
    var firstWeight: Int32
    var secondWeight: Int32
  }

  package let width: Int
  package let height: Int
  private let columns: [Tap]
  private let rows: [Tap]

  /// - Parameters:
  ///   - source: the canvas's width and height.
  ///   - target: the image's width and height.
  package init(from source: (width: Int, height: Int), to target: (width: Int, height: Int)) {
    (width, height) = target
    columns = Self.taps(from: source.width, to: target.width).map { tap in
      // Beyond the outermost columns OpenCV takes the edge alone; rows keep both weights, which
      // truncates differently although both are of the same row.
      guard tap.first == tap.second else { return tap }
      return Tap(first: tap.first, second: tap.second, firstWeight: 2048, secondWeight: 0)
    }
    rows = Self.taps(from: source.height, to: target.height)
  }

  /// Centres of pixels map to centres of pixels; beyond the outermost centre the edge repeats.
  private static func taps(from source: Int, to target: Int) -> [Tap] {
    let scale = Double(source) / Double(target)
    return (0..<target).map { index in
      let position = Float((Double(index) + 0.5) * scale - 0.5)
      let whole = position.rounded(.down)
      let fraction = position - whole
      let first = Int(whole)
      return Tap(
        first: max(first, 0), second: min(first + 1, source - 1),
        firstWeight: Int32(((1 - fraction) * 2048).rounded(.toNearestOrEven)),
        secondWeight: Int32((fraction * 2048).rounded(.toNearestOrEven)))
    }
  }

  /// The whole canvas as an image.
  package func callAsFunction(_ canvas: Canvas) -> EnvironmentImage {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    let whole = Canvas.Box(left: 0, top: 0, right: canvas.width - 1, bottom: canvas.height - 1)
    update(&pixels, from: canvas, within: whole)
    return EnvironmentImage(height: height, width: width, pixels: pixels)
  }

  /// Renews in an image [H, W, 3] what depends on one part of the canvas.
  func update(_ image: inout [UInt8], from canvas: Canvas, within box: Canvas.Box) {
    guard !box.isEmpty else { return }
    let changedRows = Self.indices(rows, box.top, box.bottom)
    let changedColumns = Self.indices(columns, box.left, box.right)
    image.withUnsafeMutableBufferPointer { target in
      canvas.pixels.withUnsafeBufferPointer { source in
        for y in changedRows {
          var offset = (y * width + changedColumns.lowerBound) * 3
          let row = rows[y]
          let (upper, lower) = (row.first * canvas.width, row.second * canvas.width)
          for x in changedColumns {
            let column = columns[x]
            let corners = SIMD4(
              source[upper + column.first], source[upper + column.second],
              source[lower + column.first], source[lower + column.second])
            Self.store(corners, row, column, target, offset)
            offset += 3
          }
        }
      }
    }
  }

  /// The results that read any of the sources from `first` to `last`.
  private static func indices(_ taps: [Tap], _ first: Int, _ last: Int) -> Range<Int> {
    let start = taps.firstIndex { $0.second >= first } ?? taps.count
    let end = taps.lastIndex { $0.first <= last }.map { $0 + 1 } ?? 0
    return start..<max(start, end)
  }

  @inline(__always)
  private static func store(
    _ corners: SIMD4<Canvas.Colour>, _ row: Tap, _ column: Tap,
    _ target: UnsafeMutableBufferPointer<UInt8>, _ offset: Int
  ) {
    let even = corners[0]
    if corners[1] == even, corners[2] == even, corners[3] == even {
      target[offset] = UInt8(truncatingIfNeeded: even >> 16)
      target[offset + 1] = UInt8(truncatingIfNeeded: even >> 8)
      target[offset + 2] = UInt8(truncatingIfNeeded: even)
      return
    }
    for channel in 0..<3 {
      let shift = UInt32(16 - 8 * channel)
      let c = SIMD4<Int32>(truncatingIfNeeded: corners &>> shift & 255)
      let upper = c[0] &* column.firstWeight &+ c[1] &* column.secondWeight
      let lower = c[2] &* column.firstWeight &+ c[3] &* column.secondWeight
      let sum = (row.firstWeight &* (upper >> 4)) >> 16 &+ (row.secondWeight &* (lower >> 4)) >> 16
      target[offset + channel] = UInt8(truncatingIfNeeded: (sum &+ 2) >> 2)
    }
  }
}
