/// [max-pool]
package struct MaxPool {
  /// Size of the window.
  package let kernelSize: Int
  /// Step of the window.
  package let stride: Int
  /// Rows and columns around the picture that no maximum comes from.
  package let padding: Int

  package init(kernelSize: Int, stride: Int, padding: Int = 0) {
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride, padding)
  }

  /// - Parameter x: [B, C, H, W].
  /// - Returns: [B, C, H′, W′].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.maxPooled(kernelSize: kernelSize, stride: stride, padding: padding)
  }

  /// The same of max(x, 0), which keeps neither x nor torch's eight bytes per window.
  package func callAsFunction(rectifying x: Tensor) -> Tensor {
    x.rectifiedAndMaxPooled(kernelSize: kernelSize, stride: stride, padding: padding)
  }
}
