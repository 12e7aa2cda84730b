import Reference
import Support
import Testing

@Suite struct TensorPropertyTests {
  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func openBLASAndPlainLoopsMultiplyAlike(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let sizes = (0..<4).map { _ in Int.random(in: 1...40, using: &generator) }
    let a = Tensor.random([sizes[0], sizes[1], sizes[2]], using: &generator)
    let b = Tensor.random([sizes[0], sizes[2], sizes[3]], using: &generator)
    let message = mismatch(plainMatmul(a, b), openBLASMatmul(a, b), relative: 1e-13)
    #expect(message == nil, "seed \(seed), sizes \(sizes)")
  }

  @Test(arguments: [(true, false), (false, true), (true, true)])
  func aTransposedFactorIsReadWhereItLies(a isFirst: Bool, b isSecond: Bool) {
    var generator = SplitMix64(seed: 8)
    let a = Tensor.random([2, 5, 7], using: &generator)
    let b = Tensor.random([2, 7, 4], using: &generator)
    let (left, right) = (isFirst ? a.transposed : a, isSecond ? b.transposed : b)
    let expected = plainMatmul(a, b)
    for product in [
      openBLASMatmul(left, right, transposingA: isFirst, transposingB: isSecond),
      matmul(left, right, transposingA: isFirst, transposingB: isSecond),
    ] {
      #expect(mismatch(expected, product, relative: 1e-13) == nil)
    }
  }

  @Test func largeProductsTakeTheSameValueThroughTheSeam() {
    var generator = SplitMix64(seed: 1)
    let a = Tensor.random([65, 64], using: &generator)
    let b = Tensor.random([64, 65], using: &generator)
    #expect(mismatch(plainMatmul(a, b), matmul(a, b), relative: 1e-13) == nil)
  }

  @Test func matmulIsTheSumOverTheInnerAxis() {
    let a = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    let b = Tensor([7, 8, 9, 10, 11, 12], shape: [3, 2])
    #expect(matmul(a, b) == Tensor([58, 64, 139, 154], shape: [2, 2]))
  }

  @Test func permutingBackRestores() {
    var generator = SplitMix64(seed: 1)
    let x = Tensor.random([2, 3, 4, 5], using: &generator)
    #expect(x.permuted([3, 1, 0, 2]).permuted([2, 1, 3, 0]) == x)
    #expect(x.permuted([3, 1, 0, 2]).shape == [5, 3, 2, 4])
    #expect(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]).transposed.elements == [1, 4, 2, 5, 3, 6])
  }

  @Test func slicesJoinToTheWhole() {
    var generator = SplitMix64(seed: 1)
    let x = Tensor.random([2, 5, 3], using: &generator)
    for axis in [0, 1, 2, -1] {
      let cut = axis == 0 ? 1 : 2
      let size = x.shape[axis < 0 ? axis + 3 : axis]
      let parts = [x.sliced(0..<cut, axis: axis), x.sliced(cut..<size, axis: axis)]
      #expect(Tensor.concatenated(parts, axis: axis) == x)
    }
  }

  @Test func broadcastingRepeatsAndSummingUndoesIt() {
    let x = Tensor([1, 2], shape: [2, 1])
    let wide = x.broadcast(to: [3, 2, 2])
    #expect(wide.elements == [1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2])
    #expect(wide.sum(to: [2, 1]) == Tensor([6, 12], shape: [2, 1]))
  }

  @Test func reductionsTakeTheNamedAxes() {
    let x = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(x.sum([0]) == Tensor([5, 7, 9], shape: [3]))
    #expect(x.mean([-1]) == Tensor([2, 5], shape: [2]))
    #expect(x.maximum([1], keepingAxes: true) == Tensor([3, 6], shape: [2, 1]))
    #expect(x.sum() == Tensor(21))
    #expect(Tensor([3, 4], shape: [2]).norm == 5)
  }

  @Test func patchesAreTheAdjointOfSummedPatches() {
    var generator = SplitMix64(seed: 3)
    let window = Window(size: 3, stride: 2, padding: 2, dilation: 2)
    let x = Tensor.random([2, 7, 6], using: &generator)
    let patches = x.patches(window)
    let y = Tensor.random(patches.shape, using: &generator)
    let left = (patches * y).sum()
    let right = (x * y.summedPatches(window, picture: x.shape)).sum()
    #expect(mismatch(left, right, relative: 1e-12) == nil)
  }

  @Test func softmaxSumsToOneAndIgnoresForbiddenPlaces() {
    let x = Variable(Tensor([1000, 1001, -.infinity], shape: [1, 3]))
    let y = x.softmax().value
    #expect(mismatch(Tensor(1), y.sum(), relative: 1e-15) == nil)
    #expect(y.elements[2] == 0)
  }
}
