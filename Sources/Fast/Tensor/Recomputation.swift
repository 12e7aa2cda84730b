import CTorchTable

/// What `body` makes of tensors, in a graph that keeps these alone: for gradients `body` runs again.
///
/// Memory is saved and numbers stay the same; the time of a forward pass is added to the backward pass. What
/// `body` draws would be drawn twice, so that it must draw nothing.
///
/// - Parameters:
///   - inputs: what gradients pass through; weights may be captured.
///   - count: how many tensors `body` returns.
package func recomputed(
  _ inputs: [Tensor], count: Int, _ body: @escaping ([Tensor]) -> [Tensor]
) -> [Tensor] {
  let work = Recomputation(body)
  var outputs = [CTTensor?](repeating: nil, count: count)
  let status = inputs.withHandles { handles, inputCount in
    ct_recomputed(
      Recomputation.run, Unmanaged.passRetained(work).toOpaque(), Recomputation.release, handles,
      inputCount, &outputs, Int32(count))
  }
  demand(status, "recomputation", inputs.first)
  return outputs.map { made($0, "recomputation", inputs.first) }
}

/// A closure as C++ calls it.
private final class Recomputation {
  private let body: ([Tensor]) -> [Tensor]
  /// What the last call made, until C++ has taken it.
  private var made: [Tensor] = []

  init(_ body: @escaping ([Tensor]) -> [Tensor]) { self.body = body }

  static let run: CTBody = { context, inputs, count, outputs in
    guard let context else { return }
    let work = Unmanaged<Recomputation>.fromOpaque(context).takeUnretainedValue()
    guard let inputs, let outputs else {
      work.made = []
      return
    }
    work.made = work.body((0..<Int(count)).map { Fast.made(inputs[$0], "recomputation") })
    for (index, tensor) in work.made.enumerated() { outputs[index] = tensor.handle }
  }

  static let release: CTRelease = { context in
    if let context { Unmanaged<Recomputation>.fromOpaque(context).release() }
  }
}
