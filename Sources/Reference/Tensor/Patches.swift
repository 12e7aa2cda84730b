/// How a window moves over a picture: the geometry shared by convolution and pooling.
package struct Window: Sendable, Equatable {
  /// Side of the window, in taps.
  package var size: Int
  /// Pixels between neighbouring windows.
  package var stride: Int
  /// Pixels of padding at every border.
  package var padding: Int
  /// Pixels between neighbouring taps.
  package var dilation: Int

  package init(size: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    self.size = size
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// Windows along an axis of `length` pixels: ⌊(N + 2p − d(k − 1) − 1) / s⌋ + 1.
  package func count(along length: Int) -> Int {
    (length + 2 * padding - dilation * (size - 1) - 1) / stride + 1
  }

  /// The pixel under tap `tap` of window `position`; in the padding, one outside the axis.
  func pixel(_ position: Int, _ tap: Int) -> Int {
    position * stride + tap * dilation - padding
  }

  /// The windows whose tap `tap` lies on a pixel of an axis of `length` and not in the padding.
  func positions(_ tap: Int, in length: Int) -> Range<Int> {
    let all = 0..<count(along: length)
    let first = all.firstIndex { pixel($0, tap) >= 0 } ?? all.upperBound
    let last = all.lastIndex { pixel($0, tap) < length } ?? -1
    return first..<max(first, last + 1)
  }

  /// Calls `body` for each row of taps in the patches [C·k·k, H′·W′] of a picture [C, H, W]: with
  /// the indices of its taps, which are neighbours, and with the index of the pixel under the first
  /// one; from tap to tap the pixel moves by `stride`.
  func forEachRow(
    channels: Int, height: Int, width: Int, _ body: (_ taps: Range<Int>, _ pixel: Int) -> Void
  ) {
    let area = count(along: height) * count(along: width)
    let columns = (0..<size).map { positions($0, in: width) }
    for channel in 0..<channels {
      for tapY in 0..<size {
        let rows = positions(tapY, in: height)
        for tapX in 0..<size {
          let patchRow = ((channel * size + tapY) * size + tapX) * area
          for row in rows {
            let start = patchRow + row * count(along: width)
            let y = channel * height + pixel(row, tapY)
            body(
              start + columns[tapX].lowerBound..<start + columns[tapX].upperBound,
              y * width + pixel(columns[tapX].lowerBound, tapX))
          }
        }
      }
    }
  }
}

extension Tensor {
  /// Every patch a window sees, as a column: a convolution is then a matrix product.
  ///
  /// - Returns: [C·k·k, H′·W′] from a picture [C, H, W]; zeros where a tap lies in the padding.
  package func patches(_ window: Window) -> Tensor {
    precondition(rank == 3, "patches: \(shape) is not [C, H, W]")
    let columns = window.count(along: shape[1]) * window.count(along: shape[2])
    var result = Array(repeating: 0.0, count: shape[0] * window.size * window.size * columns)
    window.forEachRow(channels: shape[0], height: shape[1], width: shape[2]) { taps, first in
      var pixel = first
      for tap in taps {
        result[tap] = elements[pixel]
        pixel += window.stride
      }
    }
    return Tensor(result, shape: [shape[0] * window.size * window.size, columns])
  }

  /// Adds each patch back to the pixels it was read from: the adjoint of `patches`.
  ///
  /// - Parameter picture: [C, H, W], the shape of the result.
  package func summedPatches(_ window: Window, picture: [Int]) -> Tensor {
    var result = Array(repeating: 0.0, count: picture.reduce(1, *))
    window.forEachRow(channels: picture[0], height: picture[1], width: picture[2]) {
      taps, first in
      var pixel = first
      for tap in taps {
        result[pixel] += elements[tap]
        pixel += window.stride
      }
    }
    return Tensor(result, shape: picture)
  }

  /// For each window over [..., H, W], the index of its largest pixel within `elements`; the first
  /// one of equals, as in torch. Padding never wins.
  package func maximumIndices(_ window: Window) -> (indices: [Int], shape: [Int]) {
    precondition(rank >= 2, "maximumIndices: \(shape) is not [..., H, W]")
    let height = shape[rank - 2]
    let width = shape[rank - 1]
    let rows = window.count(along: height)
    let columns = window.count(along: width)
    let planes = shape.dropLast(2).reduce(1, *)
    var indices: [Int] = []
    indices.reserveCapacity(planes * rows * columns)
    for plane in 0..<planes {
      for row in 0..<rows {
        for column in 0..<columns {
          indices.append(largest(window, plane: plane * height * width, row: row, column: column))
        }
      }
    }
    return (indices, Array(shape.dropLast(2)) + [rows, columns])
  }

  /// The index of the largest pixel of one window.
  private func largest(_ window: Window, plane: Int, row: Int, column: Int) -> Int {
    var best: Int?
    for tapY in 0..<window.size {
      let y = window.pixel(row, tapY)
      guard y >= 0, y < shape[rank - 2] else { continue }
      for tapX in 0..<window.size {
        let x = window.pixel(column, tapX)
        guard x >= 0, x < shape[rank - 1] else { continue }
        let index = plane + y * shape[rank - 1] + x
        if best.map({ elements[index] > elements[$0] }) ?? true { best = index }
      }
    }
    return best ?? plane
  }
}
