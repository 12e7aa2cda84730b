import Fast
import Foundation

/// What `body` returns with the given kernels of the process, and how often each kernel of our own ran;
/// those that did not are left out.
///
/// libtorch must be open. The counts are of this thread, where graphs on the CPU are computed too.
@TorchThread package func runs<Result>(
  _ kernels: KernelChoice, _ body: () throws -> Result
) rethrows -> (result: Result, kernels: [Kernel: Int]) {
  let chosen = Torch.kernels
  Torch.kernels = kernels
  defer { Torch.kernels = chosen }
  let before = Kernel.allCases.map { Torch.runCount(of: $0) }
  let result = try body()
  let counts = zip(Kernel.allCases, before).map { ($0, Torch.runCount(of: $0) - $1) }
  return (result, Dictionary(uniqueKeysWithValues: counts.filter { $0.1 > 0 }))
}

/// What decides which kernels suit this machine.
package enum Processor {
  /// Whether MKL knows the processor for Intel's; libtorch then draws dropout masks by MKL.
  package static let isIntel = text.contains("GenuineIntel")
  /// Whether oneDNN has its widest kernels here.
  package static let hasAVX512 = text.contains("avx512f")
  /// Whether libtorch has kernels here that multiply bfloat16.
  package static var multipliesBFloat16: Bool {
    #if arch(x86_64)
      return ["avx512bw", "avx512vl", "avx512dq"].allSatisfy(text.contains)
    #else
      return true
    #endif
  }

  private static let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
}
