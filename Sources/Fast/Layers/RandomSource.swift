import CTorchTable
import LeRobotCore

/// Where a policy's randomness comes from: initial weights, dropout masks, noise, crops.
///
/// Tests inject what another implementation drew.
package protocol RandomSource: AnyObject {
  /// Whether operations of libtorch that draw by themselves, as dropout does, draw the numbers that
  /// this source would give; they are faster than drawing first.
  var drawsWithinOperations: Bool { get }
  /// The source from which weights of a type are drawn.
  ///
  /// - Parameter isDrawn: false for weights that are loaded, for which nothing is drawn.
  func source(of type: ScalarType, isDrawn: Bool) -> any RandomSource
  /// Uniform in `from`…`to`.
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor
  /// Normally distributed.
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor
  /// 1 with the given probability, else 0.
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor
  /// −ln(1 − u), u uniform in 0..<1.
  func exponential(_ shape: [Int]) -> Tensor
  /// Beta(a, b), float32, from the CPU's generator whatever the device.
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor
  /// Whole numbers in 0..<bound, int64.
  func integers(_ shape: [Int], below bound: Int) -> Tensor
  /// A whole number in 0..<bound that the host needs to know.
  func integer(below bound: Int) -> Int
  /// Whole numbers in 0..<bound that the host needs to know, from NumPy's generator; they may repeat.
  func choices(_ count: Int, below bound: Int) -> [Int]
  /// Runs `body`, and then puts back what further draws depend on.
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result
}

extension RandomSource {
  /// The same source, for those that draw one type.
  package func source(of type: ScalarType, isDrawn: Bool) -> any RandomSource { self }

  /// [multinomial]  Nothing is brought to the host.
  ///
  /// - Parameter probabilities: p, [R, K].
  /// - Returns: int64, [R].
  package func multinomial(_ probabilities: Tensor) -> Tensor {
    (probabilities / exponential(probabilities.shape)).argmax()
  }
}

/// libtorch's global generator of a device.
package final class TorchRandom: RandomSource {
  /// The type of what is drawn; float32 and float64 take different draws.
  package let dataType: DataType
  /// Whose generator draws.
  package let device: Device

  private let numPy: NumPyStream
  /// False for weights that are loaded, and only have to have their size.
  private let drawsWeights: Bool

  /// - Parameter numPy: the run's, where others draw from it too.
  package init(
    dataType: DataType = .float32, device: Device = .cpu, numPy: NumPyStream = NumPyStream(),
    drawsWeights: Bool = true
  ) {
    self.dataType = dataType
    self.device = device
    self.numPy = numPy
    self.drawsWeights = drawsWeights
  }

  package var drawsWithinOperations: Bool { true }

  package func source(of type: ScalarType, isDrawn: Bool) -> any RandomSource {
    TorchRandom(
      dataType: DataType(type), device: device, numPy: numPy, drawsWeights: isDrawn)
  }

  package func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor {
    let x = Tensor.unset(shape, dataType: dataType, device: device)
    if drawsWeights { demand(ct_uniform_(x.handle, from, to), "uniform", x) }
    return x
  }

  package func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor {
    let x = Tensor.unset(shape, dataType: dataType, device: device)
    if drawsWeights { demand(ct_normal_(x.handle, mean, standardDeviation), "normal", x) }
    return x
  }

  package func bernoulli(_ shape: [Int], probability: Double) -> Tensor {
    let x = Tensor.zeros(shape, dataType: dataType, device: device)
    demand(ct_bernoulli_(x.handle, probability), "bernoulli", x)
    return x
  }

  package func exponential(_ shape: [Int]) -> Tensor {
    let x = Tensor.zeros(shape, dataType: dataType, device: device)
    demand(ct_exponential_(x.handle), "exponential", x)
    return x
  }

  package func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor {
    let count = shape.reduce(1, *)
    return made(ct_beta(a, b, Int64(count)), "beta", nil).reshaped(shape).to(device: device)
  }

  package func integers(_ shape: [Int], below bound: Int) -> Tensor {
    integers(shape, below: bound, device)
  }

  /// From the CPU's generator whatever the device, as torchvision draws; a GPU is not waited for.
  package func integer(below bound: Int) -> Int {
    let x = integers([], below: bound, .cpu)
    var drawn: Int64 = 0
    demand(ct_copy_out(x.handle, &drawn, MemoryLayout<Int64>.size), "reading a number", x)
    return Int(drawn)
  }

  package func choices(_ count: Int, below bound: Int) -> [Int] {
    numPy.choices(count, below: bound)
  }

  /// All generators: the device's, and the CPU's and NumPy's, which draw for the host.
  package func preservingState<Result>(_ body: () throws -> Result) throws -> Result {
    let devices = device.isCPU ? [device] : [device, .cpu]
    let before = try devices.map { try $0.randomState() }
    let numPyBefore = numPy.generator
    let result = Swift.Result { try body() }
    numPy.generator = numPyBefore
    for (device, state) in zip(devices, before) { try device.setRandomState(state) }
    return try result.get()
  }

  private func integers(_ shape: [Int], below bound: Int, _ device: Device) -> Tensor {
    let x = Tensor.zeros(shape, dataType: .int64, device: device)
    demand(ct_integers_(x.handle, Int64(bound)), "integers", x)
    return x
  }
}
