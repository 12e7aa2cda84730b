/// The generators' states of a run (LeRobot `utils/random_utils.py`, `serialize_rng_state`).
///
/// Training draws from torch's, and some policies from NumPy's; Python's stands where the seed left it.
package struct RandomStates: Sendable, Equatable {
  /// Python's generator: 624 words and the position, [625].
  package var python: [Int64]
  /// NumPy's generator: 624 words.
  package var numPy: [Int64]
  package var numPyPosition: Int64
  /// NumPy's second normal of a pair, if it holds one.
  package var numPyGaussian: Float?
  /// torch's generator of the CPU [5056 bytes].
  package var torch: [UInt8]
  /// torch's generator of the CUDA device, where there is one.
  package var torchDevice: [UInt8]?

  /// Python's and NumPy's generators as `set_seed` leaves them, beside torch's as they are.
  package init(seed: UInt64, torch: [UInt8], torchDevice: [UInt8]? = nil) {
    let numPy = NumPyGenerator(seed: UInt32(truncatingIfNeeded: seed)).engine
    python = PythonGenerator(seed: Int(truncatingIfNeeded: seed)).state.map(Int64.init)
    self.numPy = numPy.words.map(Int64.init)
    numPyPosition = Int64(numPy.position)
    self.torch = torch
    self.torchDevice = torchDevice
  }

  /// NumPy's twister; its normals are not drawn here, and stay as they are.
  package var numPyEngine: MersenneTwister {
    get { MersenneTwister(words: numPy.map(UInt32.init), position: Int(numPyPosition)) }
    set {
      numPy = newValue.words.map(Int64.init)
      numPyPosition = Int64(newValue.position)
    }
  }

  /// Whether 624 numbers and a position are a state of NumPy's generator.
  static func isNumPyState(_ words: [Int64], position: Int64) -> Bool {
    words.count == MersenneTwister.wordCount && words.allSatisfy { UInt32(exactly: $0) != nil }
      && (0...Int64(MersenneTwister.wordCount)).contains(position)
  }

  /// What `rng_state.safetensors` holds.
  var tensors: NamedTensors {
    var tensors: NamedTensors = [
      "py_rng_version": HostTensor([Int64(PythonGenerator.stateVersion)], shape: [1]),
      "py_rng_state": HostTensor(python, shape: [python.count]),
      "np_rng_state_values": HostTensor(numPy, shape: [numPy.count]),
      "np_rng_state_index": HostTensor([numPyPosition], shape: [1]),
      "np_rng_has_gauss": HostTensor([numPyGaussian == nil ? 0 : 1] as [Int64], shape: [1]),
      "np_rng_cached_gaussian": HostTensor([numPyGaussian ?? 0], shape: [1]),
      "torch_rng_state": HostTensor(torch, shape: [torch.count]),
    ]
    if let torchDevice {
      tensors["torch_cuda_rng_state"] = HostTensor(torchDevice, shape: [torchDevice.count])
    }
    return tensors
  }

  /// Takes over what a file holds.
  init(tensors: NamedTensors, file: String) throws(CheckpointError) {
    func int64(_ name: String, count: Int) throws(CheckpointError) -> [Int64] {
      guard let values = tensors[name]?.values(of: Int64.self), values.count == count else {
        throw .invalidField(file: file, field: name, reason: "expected \(count) integers")
      }
      return values
    }
    python = try int64("py_rng_state", count: 625)
    numPy = try int64("np_rng_state_values", count: 624)
    numPyPosition = try int64("np_rng_state_index", count: 1)[0]
    guard Self.isNumPyState(numPy, position: numPyPosition) else {
      throw .invalidField(
        file: file, field: "np_rng_state_values",
        reason: "expected words of 32 bits and a position in 0…624")
    }
    if try int64("np_rng_has_gauss", count: 1)[0] != 0,
      let values = tensors["np_rng_cached_gaussian"]?.values(of: Float.self)
    {
      numPyGaussian = values.first
    }
    guard let torch = tensors["torch_rng_state"]?.values(of: UInt8.self), torch.count == 5056
    else {
      throw .invalidField(file: file, field: "torch_rng_state", reason: "expected 5056 bytes")
    }
    self.torch = torch
    torchDevice = tensors["torch_cuda_rng_state"]?.values(of: UInt8.self)
  }
}
