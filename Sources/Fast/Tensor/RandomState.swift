import CTorchTable

/// The state of libtorch's generator of a device.
extension Device {
  /// 5056 bytes on the CPU, 16 on a GPU.
  func randomState() throws(TorchError) -> [UInt8] {
    var size = 0
    try check(ct_random_state_size(index, &size), "reading the generator's state")
    var bytes = [UInt8](repeating: 0, count: size)
    try check(ct_random_state(index, &bytes, size), "reading the generator's state")
    return bytes
  }

  func setRandomState(_ state: [UInt8]) throws(TorchError) {
    let status = ct_set_random_state(index, state, state.count)
    try check(status, "restoring the generator's state")
  }
}
