import Reference
import Support
import Testing

/// An operation of `Autograd/`, with the shapes of its inputs.
struct DifferentiableOperation: Sendable, CustomTestStringConvertible {
  /// The function's own name, and behind a comma what is special.
  let name: String
  let shapes: [[Int]]
  let apply: @Sendable ([Variable]) -> Variable

  init(
    _ name: String, _ shapes: [Int]..., apply: @escaping @Sendable ([Variable]) -> Variable
  ) {
    self.name = name
    self.shapes = shapes
    self.apply = apply
  }

  var testDescription: String { name }
}

private let operations: [DifferentiableOperation] = [
  .init("+", [2, 3], [2, 3]) { $0[0] + $0[1] },
  .init("+, broadcast", [2, 1, 3], [4, 1]) { $0[0] + $0[1] },
  .init("-, broadcast", [3], [2, 3]) { $0[0] - $0[1] },
  .init("*, broadcast", [2, 3], [3]) { $0[0] * $0[1] },
  .init("*, with itself", [4]) { $0[0] * $0[0] },
  .init("/", [2, 3], [2, 1]) { $0[0] / ($0[1] * $0[1] + 1) },
  .init("+, -, * and / with numbers", [3]) { -(0.5 * $0[0] + 2) / 3 },
  .init("exp", [5]) { $0[0].exp() },
  .init("squareRoot", [5]) { ($0[0].squared() + 0.5).squareRoot() },
  .init("squared", [5]) { $0[0].squared() },
  .init("magnitude", [5]) { $0[0].magnitude() },
  .init("rectified", [6]) { $0[0].rectified() },
  .init("logistic", [5]) { $0[0].logistic() },
  .init("errorFunction", [5]) { $0[0].errorFunction() },
  .init("softPlus", [5]) { $0[0].softPlus() },
  .init("hyperbolicTangent", [5]) { $0[0].hyperbolicTangent() },
  .init("sum", [2, 3, 4]) { $0[0].sum([0, -1]) },
  .init("sum, keeping axes", [2, 3]) { $0[0].sum([0], keepingAxes: true) },
  .init("mean", [2, 3]) { $0[0].mean([1]) },
  .init("mean, of all", [2, 3]) { $0[0].mean() },
  .init("reshaped", [2, 6]) { $0[0].reshaped([3, -1]) },
  .init("permuted", [2, 3, 4]) { $0[0].permuted([2, 0, 1]) },
  .init("transposed", [2, 3, 4]) { $0[0].transposed },
  .init("broadcast", [3, 1]) { $0[0].broadcast(to: [2, 3, 4]) },
  .init("sliced", [3, 5]) { $0[0].sliced(1..<4, axis: 1) },
  .init("concatenated", [2, 3], [2, 1]) { .concatenated([$0[0], $0[1], $0[0]], axis: -1) },
  .init("gathered", [2, 3]) { $0[0].gathered([5, 0, 5, 2], shape: [2, 2]) },
  .init("matmul", [2, 3], [3, 4]) { matmul($0[0], $0[1]) },
  .init("matmul, of stacks", [2, 3, 2], [2, 2, 3]) { matmul($0[0], $0[1]) },
  .init("patches", [2, 4, 5]) { $0[0].patches(Window(size: 3, stride: 2, padding: 1)) },
  .init("patches, dilated", [1, 5, 5]) {
    $0[0].patches(Window(size: 2, padding: 1, dilation: 2))
  },
  .init("softmax", [2, 4]) { $0[0].softmax() },
  .init("logarithm", [5]) { ($0[0].squared() + 0.5).logarithm() },
  .init("exponentialLinear", [6]) { $0[0].exponentialLinear() },
  .init("logSoftmax", [2, 4]) { $0[0].logSoftmax() },
  .init("glu", [2, 6]) { glu($0[0]) },
  .init("gelu", [6]) { gelu($0[0]) },
  .init("mish", [6]) { mish($0[0]) },
  .init("max pool", [1, 2, 5, 5]) { MaxPool(kernelSize: 3, stride: 2, padding: 1)($0[0]) },
]

@Suite struct AutogradPropertyTests {
  @Test(arguments: operations, [1, 2, 3] as [UInt64])
  func gradientsMatchFiniteDifferences(operation: DifferentiableOperation, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let inputs = operation.shapes.map { Reference.Tensor.random($0, using: &generator) }
    let message = gradientMismatch(at: inputs, seed: seed, operation.apply)
    #expect(message == nil, "\(operation.name), seed \(seed), inputs \(inputs)")
  }

  @Test func everyOperationIsDifferentiatedAbove() throws {
    let folder = RepositoryFiles.root.appending(path: "Sources/Reference/Autograd")
    var declared: Set<String> = []
    for file in try contents(of: folder.path).keys {
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      let pattern = /(?m)^ *package [a-z ]*(?:func|var) ([^ (<:]+)[^{]*(?:->|:) Variable \{/
      let names = text.matches(of: pattern)
      declared.formUnion(names.map { String($0.output.1) })
    }
    #expect(declared.count > 20)
    let covered = Set(operations.map { String($0.name.prefix { $0 != "," }) })
    #expect(declared.subtracting(covered) == [])
  }

  @Test func whatTheLossDoesNotDependOnHasNoGradient() {
    let used = Variable(Tensor(2), needsGradient: true)
    let unused = Variable(Tensor(3), needsGradient: true)
    let found = gradients(of: used * used, withRespectTo: [used, unused])
    #expect(found[0] == Tensor(4))
    #expect(found[1] == nil)
  }

  @Test func constantsAreForgotten() {
    let constant = Variable(Tensor(2))
    #expect(!(constant * constant + 1).needsGradient)
  }

  @Test func aValueUsedTwiceReceivesBothGradients() {
    let x = Variable(Tensor(3), needsGradient: true)
    let y = x * x
    #expect(gradients(of: y * y, withRespectTo: [x]) == [Tensor(108)])
  }

  @Test func atAKinkTheGradientIsZero() {
    let x = Variable(Tensor([0, 0], shape: [2]), needsGradient: true)
    #expect(gradients(of: x.rectified().sum(), withRespectTo: [x]) == [.zeros([2])])
    #expect(gradients(of: x.magnitude().sum(), withRespectTo: [x]) == [.zeros([2])])
  }

  @Test func theFirstOfEqualMaximaReceivesTheGradient() {
    let x = Variable(.zeros([1, 1, 2, 2]), needsGradient: true)
    let pooled = MaxPool(kernelSize: 2, stride: 2)(x)
    #expect(
      gradients(of: pooled.sum(), withRespectTo: [x])
        == [Tensor([1, 0, 0, 0], shape: [1, 1, 2, 2])])
  }
}
