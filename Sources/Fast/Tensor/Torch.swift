import CLibraries
import CTorchTable
import Foundation
import Synchronization

/// The libtorch of this process, opened at run time.
package enum Torch {
  /// Opens libtorch; returns at once when it is open. Everything else here needs it.
  ///
  /// - Parameters:
  ///   - search: where to look for it.
  ///   - kernels: which kernels run; ignored when libtorch is open.
  /// - Throws: `TorchError.oldProcessor`, `noLibtorch`, `otherRelease` or `cannotOpen`.
  package static func open(
    _ search: TorchSearch = TorchSearch(), kernels: KernelChoice = .own
  ) throws(TorchError) {
    guard cl_vector_bits() > 0 else { throw .oldProcessor }
    let match = try found.withLock { found throws(TorchError) in
      if found == nil { found = try search.match() }
      return found
    }
    guard let match else { return }
    var message = [CChar](repeating: 0, count: 1024)
    guard
      ct_open(match.torch.libraries, match.shim, kernels.rawValue, &message, message.count) == 0
    else {
      let text = message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
      throw .cannotOpen(path: match.torch.path, reason: String(decoding: text, as: UTF8.self))
    }
  }

  /// What was found when libtorch was first opened.
  private static let found = Mutex<TorchSearch.Match?>(nil)

  /// The folder of this process's libtorch; nil before it is opened.
  package static var folder: TorchFolder? { found.withLock { $0?.torch } }

  /// The version the shim was compiled against, which is that of the loaded library.
  package static var version: String { String(cString: ct_version()) }

  /// Threads that one operation uses.
  ///
  /// libtorch keeps this per thread once the thread has computed: set it on the training thread.
  package static var threadCount: Int {
    get { Int(ct_thread_count()) }
    set { ct_set_thread_count(Int32(newValue)) }
  }

  /// Bytes of large tensors on the CPU: in use, kept for the next ones, and the most that were in
  /// use at once.
  package static var memory: (inUse: Int, kept: Int, most: Int) {
    var (inUse, kept, most) = (0, 0, 0)
    ct_memory(&inUse, &kept, &most)
    return (inUse, kept, most)
  }

  /// Gives back what is kept of large tensors for the next ones, because others will follow.
  package static func forgetPeak() { ct_forget_peak() }

  /// The number of CUDA devices; 0 without a GPU or with the CPU build, and then `lastError` says
  /// why.
  package static var cudaDeviceCount: Int { Int(ct_cuda_device_count()) }

  /// Why there is no CUDA device; nil where there is one.
  package static var missingCUDA: String? { cudaDeviceCount > 0 ? nil : lastError }

  /// Runs `body` without recording operations for gradients.
  package static func withoutGradients<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let before = ct_set_gradients_enabled(false)
    defer { _ = ct_set_gradients_enabled(before) }
    return try body()
  }

  /// Runs `body` with its results rounded in the given way.
  ///
  /// Only what must equal LeRobot's numbers asks for LeRobot's rounding: an exact evaluation, and
  /// statistics that are stored. Whether gradients are recorded has no say.
  package static func withRounding<Result, Failure: Error>(
    _ rounding: Rounding, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let before = ct_set_rounding(rounding.rawValue)
    defer { _ = ct_set_rounding(before) }
    return try body()
  }

  /// Which kernels run in this process. To be set while no other thread computes.
  package static var kernels: KernelChoice {
    get { KernelChoice(rawValue: ct_chosen_kernels()) ?? .own }
    set { demand(ct_choose_kernels(newValue.rawValue), "choosing kernels") }
  }

  /// How this thread's operations round.
  static var rounding: Rounding { Rounding(rawValue: ct_rounding()) ?? .fast }

  /// How often this thread has run a kernel of our own in place of libtorch's.
  package static func runCount(of kernel: Kernel) -> Int { Int(ct_kernel_runs(kernel.rawValue)) }

  /// Runs `body` with matrix products and convolutions in bfloat16 where `isEnabled`.
  package static func withAutocast<Result>(
    _ isEnabled: Bool, device: Device, _ body: () -> Result
  ) -> Result {
    guard isEnabled else { return body() }
    demand(ct_set_autocast(true, device.index), "autocast")
    defer { demand(ct_set_autocast(false, device.index), "autocast") }
    return body()
  }

  /// Runs `body` in the types of its operands, whatever surrounds it.
  package static func withoutAutocast<Result>(device: Device, _ body: () -> Result) -> Result {
    guard ct_autocasts(device.index) else { return body() }
    demand(ct_set_autocast(false, device.index), "autocast")
    defer { demand(ct_set_autocast(true, device.index), "autocast") }
    return body()
  }

  /// The message of the last failure on this thread, its first line.
  static var lastError: String {
    let message = String(cString: ct_last_error())
    return message.split(separator: "\n").first.map(String.init) ?? message
  }
}
