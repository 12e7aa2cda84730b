/// A picture in the planes a video decoder gives it in, one byte a sample: brightness, and two
/// colour differences of the same size or smaller. It owns nothing.
package struct PlanarPicture {
  /// What decides how the planes become colours: libav's numbers for the pixel format, the colour
  /// space and its range.
  package struct Kind: Equatable, Sendable {
    package var format: Int32
    package var colorSpace: UInt32
    package var colorRange: UInt32

    package init(format: Int32, colorSpace: UInt32, colorRange: UInt32) {
      (self.format, self.colorSpace, self.colorRange) = (format, colorSpace, colorRange)
    }
  }

  /// One plane: `stride` bytes from row to row.
  package struct Plane {
    package var bytes: UnsafeMutablePointer<UInt8>
    package var stride: Int
    package var width: Int
    package var height: Int

    package init(bytes: UnsafeMutablePointer<UInt8>, stride: Int, width: Int, height: Int) {
      (self.bytes, self.stride, self.width, self.height) = (bytes, stride, width, height)
    }
  }

  package var kind: Kind
  package var planes: [Plane]

  package init(kind: Kind, planes: [Plane]) {
    (self.kind, self.planes) = (kind, planes)
  }
}
