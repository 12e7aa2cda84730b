/// A picture as a JPEG file.
package struct JPEGPicture: Sendable, Equatable {
  package var jpeg: [UInt8]
  package var width: Int
  package var height: Int

  package init(jpeg: [UInt8], width: Int, height: Int) {
    (self.jpeg, self.width, self.height) = (jpeg, width, height)
  }
}

extension FirstBatchPicture {
  /// The picture without its camera.
  package var picture: JPEGPicture { JPEGPicture(jpeg: jpeg, width: width, height: height) }
}
