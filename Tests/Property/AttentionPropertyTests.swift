import Foundation
import Reference
import Support
import Testing

@Suite struct AttentionPropertyTests {
  private let layer: MultiHeadAttention
  private let query: Tensor
  private let key: Tensor
  private let value: Tensor

  init() {
    layer = MultiHeadAttention(
      width: 6, headCount: 2, dropout: 0.5, random: SplitMixRandom(seed: 1))
    var generator = SplitMix64(seed: 2)
    query = .random([3, 2, 6], using: &generator)
    key = .random([4, 2, 6], using: &generator)
    value = .random([4, 2, 6], using: &generator)
    layer.inputBias.value = .random([18], using: &generator)
  }

  private func attend(key: Tensor, value: Tensor, mask: Tensor? = nil) -> Tensor {
    layer(
      query: Variable(query), key: Variable(key), value: Variable(value), keyPaddingMask: mask,
      .evaluate(SplitMixRandom(seed: 1))
    ).value
  }

  /// [attention] for one sample, head by head, by its definition.
  private func attention(sample b: Int) -> Tensor {
    func rows(_ x: Tensor) -> Tensor { x.sliced(b..<b + 1, axis: 1).reshaped([-1, 6]) }
    func projected(_ x: Tensor, _ first: Int) -> Tensor {
      matmul(rows(x), layer.inputWeight.value.sliced(first..<first + 3, axis: 0).transposed)
        + layer.inputBias.value.sliced(first..<first + 3, axis: 0)
    }
    let heads = (0..<2).map { head in
      let q = projected(query, 3 * head)
      let k = projected(key, 6 + 3 * head)
      let v = projected(value, 12 + 3 * head)
      let e = (matmul(q, k.transposed) / 3.0.squareRoot()).exp()
      return matmul(e / e.sum([1], keepingAxes: true), v)
    }
    return layer.output(Variable(.concatenated(heads, axis: 1))).value
  }

  @Test(arguments: [0, 1])
  func eachSampleFollowsTheDefinition(sample: Int) {
    let y = attend(key: key, value: value).sliced(sample..<sample + 1, axis: 1)
    #expect(mismatch(attention(sample: sample), y.reshaped([3, 6]), relative: 1e-12) == nil)
  }

  @Test func maskedKeysAreNotSeen() {
    let mask = Tensor([0, 0, 0, 1, 0, 0, 0, 1], shape: [2, 4])
    let short = attend(key: key.sliced(0..<3, axis: 0), value: value.sliced(0..<3, axis: 0))
    #expect(mismatch(short, attend(key: key, value: value, mask: mask), relative: 1e-13) == nil)
  }

  @Test func aMaskBelongsToItsSample() {
    let mask = Tensor([0, 0, 0, 0, 1, 0, 0, 0], shape: [2, 4])
    let open = attend(key: key, value: value)
    let masked = attend(key: key, value: value, mask: mask)
    #expect(open.sliced(0..<1, axis: 1) == masked.sliced(0..<1, axis: 1))
    #expect(open.sliced(1..<2, axis: 1) != masked.sliced(1..<2, axis: 1))
  }

  @Test func dropoutIsDrawnOverBatchTimesHeads() {
    final class Recorder: RandomSource {
      var shapes: [[Int]] = []
      func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor { .zeros(shape) }
      func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor {
        .zeros(shape)
      }
      func bernoulli(_ shape: [Int], probability: Double) -> Tensor {
        shapes.append(shape)
        return .ones(shape)
      }
      func exponential(_ shape: [Int]) -> Tensor { .ones(shape) }
      func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor { .ones(shape) }
      func choices(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
      func integers(_ shape: [Int], below bound: Int) -> Tensor { .zeros(shape) }
      func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
    }
    let recorder = Recorder()
    let y = layer(
      query: Variable(query), key: Variable(key), value: Variable(value), .train(recorder))
    #expect(recorder.shapes == [[4, 3, 4]])
    #expect(y.shape == [3, 2, 6])
  }

  @Test func gradientsMatchFiniteDifferences() {
    let inputs = [query, key, value]
    let mask = Tensor([0, 0, 0, 1, 0, 1, 0, 0], shape: [2, 4])
    let message = gradientMismatch(at: inputs, seed: 3) {
      layer(
        query: $0[0], key: $0[1], value: $0[2], keyPaddingMask: mask,
        .evaluate(SplitMixRandom(seed: 1)))
    }
    #expect(message == nil)
  }
}
