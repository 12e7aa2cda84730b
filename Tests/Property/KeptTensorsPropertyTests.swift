import Fast
import Foundation
import LeRobotCore
import Support
import Synchronization
import Testing

/// Operations that keep less for the way back than libtorch's own, against those; and the memory
/// that large tensors come from.
@Suite @TorchThread struct KeptTensorsPropertyTests {
  init() throws { try Torch.open() }

  private func normal(_ shape: [Int], _ type: DataType = .float64) -> Tensor {
    TorchRandom(dataType: type).normal(shape, mean: 0, standardDeviation: 1)
  }

  /// Values and gradients of two ways to compute from the same inputs: in libtorch's own operations,
  /// and in one that must run the given kernel.
  private func compare(
    _ inputs: [Tensor], relative: Double, by kernel: Kernel, _ plain: ([Tensor]) -> Tensor,
    _ tested: ([Tensor]) -> Tensor
  ) throws {
    let (expected, none) = try runs(.plain) { try outcome(inputs, plain) }
    let (found, counts) = try runs(.own) { try outcome(inputs, tested) }
    #expect(none == [:] && counts == [kernel: 1])
    for (index, (expected, other)) in zip(expected, found).enumerated() {
      let problem = mismatch(expected, other, relative: relative)
      #expect(problem == nil, "\(index == 0 ? "value" : "gradient \(index)"): \(problem ?? "")")
    }
  }

  /// The value, then the gradient of every input of the sum of its squares.
  private func outcome(
    _ inputs: [Tensor], _ function: ([Tensor]) -> Tensor
  ) throws -> [HostTensor] {
    let leaves = inputs.map { $0.copy() }
    for leaf in leaves { leaf.needsGradient = true }
    let y: Tensor = function(leaves)
    (y * y).sum().backward()
    return try [y.detached().host()] + leaves.map { try #require($0.gradient).host() }
  }

  // MARK: Max pool

  @Test(arguments: [DataType.float32, .float64], [(3, 2, 1), (2, 2, 0), (3, 1, 1)])
  func aRectifyingPoolIsARectifierAndAPool(
    type: DataType, window: (size: Int, stride: Int, padding: Int)
  ) throws {
    try FastBackend(device: "cpu").seed(3)
    let pool = MaxPool(
      kernelSize: window.size, stride: window.stride, padding: window.padding)
    for shape in [[2, 5, 9, 8], [1, 33, 6, 7], [3, 1, 4, 4]] {
      let x = normal(shape, type)
      let equals = try HostTensor(x.host().doubles.map { ($0 * 2).rounded() }, shape: shape)
      for input in [x, x.withChannelsLast(), try Tensor(equals).to(type)] {
        try compare(
          [input], relative: type == .float32 ? 1e-6 : 1e-14, by: .rectifiedMaxPool,
          { pool($0[0].rectified()) },
          { pool(rectifying: $0[0]) })
      }
    }
  }

  @Test func aRectifyingPoolPassesANaNOn() throws {
    let pool = MaxPool(kernelSize: 2, stride: 2)
    let values = [1, 2, .nan, 3, -1, 4, 5, 6] as [Float]
    let x = try Tensor(HostTensor(values, shape: [1, 1, 2, 4]))
    for kernels in KernelChoice.allCases {
      let (y, counts) = try runs(kernels) { try pool(rectifying: x).host().doubles }
      #expect(y[0] == 4 && y[1].isNaN)
      #expect(counts == (kernels == .plain ? [:] : [.rectifiedMaxPool: 1]))
    }
  }

  // MARK: Attention

  /// softmax(s·q·kᵀ + forbidden)·v in libtorch's plain operations.
  private func attention(
    _ inputs: [Tensor], heads: Int, padding: Tensor?, kept: Tensor?, probability p: Double
  ) -> Tensor {
    func split(_ x: Tensor) -> Tensor {
      x.reshaped([x.size(0), x.size(1) * heads, -1]).transposed(0, 1)
    }
    let (q, k, v) = (split(inputs[0]), split(inputs[1]), split(inputs[2]))
    var scores = matmul(q, k.transposed(1, 2)) / Double(q.size(2)).squareRoot()
    if let padding {
      let (batch, keys) = (padding.size(0), padding.size(1))
      let mask = padding.reshaped([batch, 1, keys]).broadcast(to: [batch, heads, keys])
        .reshaped([batch * heads, 1, keys])
      scores = scores.filled(where: mask, with: -.infinity)
    }
    var weights = scores.softmax()
    if let kept { weights = weights * (kept / (1 - p)) }
    return matmul(weights, v).transposed(0, 1).reshaped(inputs[0].shape)
  }

  /// Queries, keys, batch, heads, width of a head.
  @Test(arguments: [[1, 1, 1, 1, 1], [7, 5, 2, 3, 4], [12, 12, 3, 1, 8], [4, 33, 1, 2, 5]])
  func attentionIsItsComposition(sizes: [Int]) throws {
    try FastBackend(device: "cpu").seed(9)
    let (queries, keys, batch, heads) = (sizes[0], sizes[1], sizes[2], sizes[3])
    let width = heads * sizes[4]
    let inputs = [
      normal([queries, batch, width]), normal([keys, batch, width]), normal([keys, batch, width]),
    ]
    let random = TorchRandom(dataType: .float64)
    let mask = random.bernoulli([batch * heads, queries, keys], probability: 0.7)
    let isPadding = try Tensor(
      HostTensor((0..<batch * keys).map { $0 % keys > 0 && $0 % 3 == 0 }, shape: [batch, keys]))
    for padding in [nil, isPadding] {
      for kept in [nil, mask] {
        let p = kept == nil ? 0 : 0.3
        try compare(
          inputs, relative: 1e-13, by: .attention,
          { attention($0, heads: heads, padding: padding, kept: kept, probability: p) },
          {
            let forbidden = padding.map {
              Tensor.zeros([batch, keys], dataType: .float64).filled(where: $0, with: -.infinity)
            }
            return $0[0].attending(
              to: $0[1], $0[2], forbidden: forbidden, kept: kept, headCount: heads,
              scale: 1 / Double(sizes[4]).squareRoot(), dropout: p)
          })
      }
    }
  }

  /// From torch's generator, over [B·heads, Sq, Sk], leaving it where torch would.
  @Test(arguments: [DataType.float32, .float64])
  func attentionDrawsTorchsMask(type: DataType) throws {
    let backend = try FastBackend(device: "cpu")
    let (heads, p) = (2, 0.25)
    let inputs = (0..<3).map { _ in normal([6, 3, 8], type) }
    try backend.seed(21)
    let mask = TorchRandom(dataType: type).bernoulli([6, 6, 6], probability: 1 - p)
    let state = try backend.randomState()
    try compare(
      inputs, relative: type == .float32 ? 2e-6 : 1e-13, by: .attention,
      { attention($0, heads: heads, padding: nil, kept: mask, probability: p) },
      {
        try? backend.seed(21)
        return $0[0].attending(
          to: $0[1], $0[2], forbidden: nil, kept: nil, headCount: heads, scale: 0.5, dropout: p)
      })
    #expect(try backend.randomState() == state)
  }

  // MARK: Convolution over time

  /// Output by output: Σ over the taps of W[:, :, tap]·x[:, :, t·stride + tap − padding].
  private func convolution(_ inputs: [Tensor], stride: Int, padding: Int) -> Tensor {
    let (x, w, bias) = (inputs[0], inputs[1], inputs[2])
    let zeros = Tensor.zeros([x.size(0), x.size(1), padding], dataType: x.dataType)
    let padded = Tensor.concatenated([zeros, x, zeros], axis: 2)
    let count = (padded.size(2) - w.size(2)) / stride + 1
    let outputs = (0..<count).map { t in
      (0..<w.size(2)).reduce(bias) { sum, tap in
        sum
          + matmul(
            padded.selected(t * stride + tap, axis: 2), w.selected(tap, axis: 2).transposed(0, 1))
      }
    }
    return .stacked(outputs, axis: 2)
  }

  @Test(arguments: [(1, 1, 0), (3, 1, 1), (5, 1, 2), (3, 2, 1), (4, 3, 0)])
  func aConvolutionOverTimeIsItsDefinition(size: Int, stride: Int, padding: Int) throws {
    try FastBackend(device: "cpu").seed(31)
    let inputs = [normal([2, 3, 11]), normal([4, 3, size]), normal([4])]
    try compare(
      inputs, relative: 1e-13, by: .convolution1D,
      { convolution($0, stride: stride, padding: padding) },
      { $0[0].convolved1D($0[1], $0[2], stride: stride, padding: padding) })
  }

  // MARK: Gradients in factors

  /// Two weights of which one keeps factors, and what else pulls at them.
  private func pulledWeights(
    _ type: DataType, uses: Int, keepsFactors: Bool
  ) throws -> (large: Tensor, small: Tensor) {
    try FastBackend(device: "cpu").seed(13)
    let (x, large) = (normal([1, 24, 5], type), normal([40, 24, 3], type))
    let (small, bias) = (normal([2, 40, 1], type), Tensor.zeros([40], dataType: type))
    for weight in [large, small] { weight.needsGradient = true }
    let outputs = (0..<uses).map { use in
      (x * Double(use + 1)).convolved1D(large, bias, stride: 1, padding: 1)
        .convolved1D(small, .zeros([2], dataType: type), stride: 1, padding: 0)
    }
    let loss = Tensor.concatenated(outputs, axis: 2).squared().sum()
    loss.backward(keepsFactors: keepsFactors)
    return (large, small)
  }

  /// Norm, clipping and Adam, and the gradient where somebody asks.
  @Test(arguments: [DataType.float32, .float64], [1, 2])
  func gradientsInFactorsAreGradients(type: DataType, uses: Int) throws {
    let bound = type == .float32 ? 1e-5 : 1e-12
    var found: [[HostTensor]] = []
    for keepsFactors in [false, true] {
      let ((large, small), counts) = try runs(.own) {
        try pulledWeights(type, uses: uses, keepsFactors: keepsFactors)
      }
      #expect(counts[.convolution1D] == 2 * uses)
      #expect(counts[.gradientFactors] == (keepsFactors ? 1 : nil))
      let weights = [large, small]
      #expect(weights.map(\.hasGradient) == [true, true])
      let norm = gradientNorm(of: weights)
      let value = try norm.host().doubles[0]
      clipGradients(of: weights, norm: norm, value: value, maximumNorm: value / 3)
      let optimizer = Optimizer(
        groups: [ParameterGroup(name: "all", parameters: weights.map { Parameter($0) })],
        .adamW(AdamOptions(weightDecay: 0.1)))
      optimizer.step(learningRates: [0.01])
      found.append(try [norm, large.detached(), small.detached()].map { try $0.host() })
      found[found.count - 1] += try weights.map { try #require($0.gradient).host() }
      for weight in weights { weight.clearGradient() }
      #expect(weights.map(\.hasGradient) == [false, false])
    }
    for (index, (expected, other)) in zip(found[0], found[1]).enumerated() {
      let problem = mismatch(expected, other, relative: bound)
      #expect(problem == nil, "\(index): \(problem ?? "")")
    }
  }

  /// They take less memory than the gradient, which `gradient` makes.
  @Test func factorsAreSmallerThanTheGradient() throws {
    let x = normal([1, 512, 4])
    let weight = normal([512, 512, 1])
    weight.needsGradient = true
    let y = x.convolved1D(weight, .zeros([512], dataType: .float64), stride: 1, padding: 0)
    let before = Torch.memory.inUse
    y.sum().backward(keepsFactors: true)
    #expect(weight.hasGradient && Torch.memory.inUse == before)
    _ = weight.gradient
    #expect(Torch.memory.inUse == before + 512 * 512 * 8)
  }

  // MARK: Memory

  /// A thousand tensors come and go; each keeps its number, and no more is kept than was needed.
  @Test func largeTensorsKeepTheirNumbersAndHolesCostNothing() throws {
    var generator = SplitMix64(seed: 7)
    var alive: [(tensor: Tensor, value: Double)] = []
    for step in 0..<1000 {
      if alive.count > 20 || (!alive.isEmpty && Bool.random(using: &generator)) {
        let (tensor, value) = alive.remove(at: .random(in: alive.indices, using: &generator))
        let ends = try Tensor.stacked([
          tensor.selected(0, axis: 0), tensor.selected(tensor.count - 1, axis: 0), tensor.mean(),
        ]).host().doubles
        #expect(ends[0] == value && ends[1] == value && abs(ends[2] - value) < 1e-9)
      } else {
        let count = Int.random(in: 30_000..<600_000, using: &generator)
        let value = Double(step)
        alive.append(
          (Tensor(repeating: value, shape: [count], dataType: .float64), value))
      }
      let (inUse, kept, most) = Torch.memory
      #expect(inUse <= most)
      #expect(inUse + kept <= most + most / 32 + 4096, "step \(step)")
    }
  }

  /// A snapshot copies tensors beside the training. Under the thread sanitizer this finds an access to
  /// the memory's state without its lock.
  @Test func severalThreadsShareTheMemory() {
    let before = Torch.memory.inUse
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 3) { thread in
      Torch.threadCount = 1
      var alive: [Tensor] = []
      for step in 0..<100 {
        alive.append(Tensor(repeating: Double(thread), shape: [70_000 + 1000 * (step % 7)]))
        if alive.count > 5 { alive.removeFirst() }
      }
      for tensor in alive {
        let numbers = (try? tensor.host().doubles) ?? []
        if numbers.count < 70_000 || numbers.contains(where: { $0 != Double(thread) }) {
          wrong.withLock { $0 += 1 }
        }
      }
    }
    #expect(wrong.withLock { $0 } == 0)
    #expect(Torch.memory.inUse == before)
  }

  /// A tensor gives its memory back to where it came from, whatever is chosen meanwhile.
  @Test func libtorchsKernelsTakeLibtorchsMemory() throws {
    let before = Torch.memory.inUse
    var ours: Tensor? = .ones([1 << 20])
    #expect(Torch.memory.inUse == before + 1 << 22)
    let (theirs, _) = runs(.plain) {
      let tensor = Tensor.ones([1 << 20])
      #expect(Torch.memory.inUse == before + 1 << 22)
      ours = nil
      #expect(Torch.memory.inUse == before)
      return tensor
    }
    #expect(try theirs.sum().host().doubles == [Double(1 << 20)] && ours == nil)
  }

  @Test func freedMemoryServesTheNextTensorOfItsSize() {
    let before = Torch.memory.inUse
    for _ in 0..<3 {
      let tensor = Tensor.zeros([1 << 20])
      #expect(Torch.memory.inUse == before + 1 << 22)
      _ = tensor.size(0)
    }
    #expect(Torch.memory.inUse == before)
  }
}
