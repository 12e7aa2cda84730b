import LeRobotCore
import Support
import Testing

/// Tensors as bytes with a type.
struct HostTensorPropertyTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func everyTypeIsReadAsTheNumbersItHolds(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let tensor = HostTensor.random(using: &generator)
    #expect(tensor.byteCount == tensor.count * tensor.scalarType.size)
    #expect(tensor.doubles.map(Float.init) == tensor.elements(Float.self), "seed \(seed)")
    let flat = tensor.reshaped(to: [tensor.count])
    #expect(flat.doubles == tensor.doubles && (flat == tensor) == (tensor.shape.count == 1))
  }

  @Test func numbersOfEachTypeAreWidenedExactly() {
    func doubles<Element: HostElement>(_ values: Element...) -> [Double] {
      HostTensor(values, shape: [values.count]).doubles
    }
    #expect(doubles(Int8.min, -1, .max) == [-128, -1, 127])
    #expect(doubles(Int16.min, .max) == [-32768, 32767])
    #expect(doubles(UInt16.max, 0) == [65535, 0])
    #expect(doubles(Int32.min, .max) == [-2_147_483_648, 2_147_483_647])
    #expect(doubles(UInt32.max) == [4_294_967_295])
    #expect(doubles(UInt64.max) == [18_446_744_073_709_551_616])
    #expect(doubles(Float16(-2.5), 65504) == [-2.5, 65504])
    #expect(doubles(true, false) == [1, 0])
    let halves = HostBuffer([0x3F80, 0xC020, 0x7F80] as [UInt16])
    #expect(HostTensor(.bfloat16, shape: [3], buffer: halves).doubles == [1, -2.5, .infinity])
  }

  @Test func valuesAreGivenInTheirOwnTypeAlone() {
    let tensor = HostTensor([1, 2] as [Float], shape: [2])
    #expect(tensor.values(of: Float.self) == [1, 2])
    #expect(tensor.values(of: Double.self) == nil && tensor.values(of: UInt32.self) == nil)
  }

  /// A Swift Bool of another bit pattern than 0 and 1 would be undefined.
  @Test func anyByteButZeroIsTrue() {
    let tensor = HostTensor(.bool, shape: [3], buffer: HostBuffer([0, 2, 255] as [UInt8]))
    #expect(tensor.values(of: Bool.self) == [false, true, true])
    #expect(tensor.doubles == [0, 1, 1])
  }

  @Test func equalityIsOfTypeShapeAndBytes() {
    let zero = HostTensor([0] as [Float], shape: [1])
    #expect(zero == HostTensor(.float32, shape: [1], buffer: HostBuffer([0] as [UInt32])))
    #expect(zero != HostTensor([-0.0] as [Float], shape: [1]))
    #expect(zero != HostTensor([0] as [Int32], shape: [1]))
    #expect(zero != HostTensor([0] as [Float], shape: []))
    let nan = HostTensor([Float.nan], shape: [1])
    #expect(nan == nan)
  }

  @Test func bytesOfAnImageAreAPicture() {
    let bytes = HostTensor([0, 51, 255] as [UInt8], shape: [1, 3, 1, 1])
    let picture = Batch.Value.tensor(bytes).picture
    #expect(picture?.tensor == HostTensor([0, 0.2, 1] as [Float], shape: [1, 3, 1, 1]))
    #expect(Batch.Value.tensor(HostTensor([1] as [Float], shape: [1])).picture == nil)
  }
}
