/// [max-pool]  y(p) = max over the window at s·p; the gradient goes to the first of equal maxima.
///
/// torch `nn/modules/pooling.py`, `MaxPool2d`.
package struct MaxPool {
  /// Size, stride and padding, the same in both directions.
  package let window: Window

  package init(kernelSize: Int, stride: Int, padding: Int = 0) {
    window = Window(size: kernelSize, stride: stride, padding: padding)
  }

  /// - Parameter x: [B, C, H, W].
  /// - Returns: [B, C, H′, W′].
  package func callAsFunction(_ x: Variable) -> Variable {
    let (places, shape) = x.value.maximumIndices(window)
    return x.gathered(places, shape: shape)
  }
}
