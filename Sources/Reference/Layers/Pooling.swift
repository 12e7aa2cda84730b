/// [max-pool]  y(p) = max over the window at s·p; the gradient goes to the first of equal maxima.
///
/// torch `nn/modules/pooling.py`, `MaxPool2d`.
package struct MaxPool {
  /// Size of the window.
  package let kernelSize: Int
  /// s, pixels between neighbouring windows.
  package let stride: Int
  /// Rows and columns around the picture that no maximum comes from.
  package let padding: Int

  package init(kernelSize: Int, stride: Int, padding: Int = 0) {
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride, padding)
  }

  /// - Parameter x: [B, C, H, W].
  /// - Returns: [B, C, H′, W′].
  package func callAsFunction(_ x: Variable) -> Variable {
    let window = Window(size: kernelSize, stride: stride, padding: padding)
    let (places, shape) = x.value.maximumIndices(window)
    return x.gathered(places, shape: shape)
  }
}
