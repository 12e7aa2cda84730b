// What the kernels share.
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include "ckernels.hpp"

// Compiled for each width of vectors; the processor's own is chosen when the library is loaded.
#if defined(__x86_64__)
#define WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDEST
#endif

namespace ck {

// Whether this is one of Intel's processors. MKL, which libtorch calls for products and random
// numbers, keeps its widest kernels and its own stream of random numbers for those.
inline bool is_intel() {
#if defined(__x86_64__)
  static const bool answer = (__builtin_cpu_init(), __builtin_cpu_is("intel"));
  return answer;
#else
  return false;
#endif
}

// Whether libtorch has kernels that multiply bfloat16 on this processor: without AVX-512 it does so number
// by number, 30 times slower than float32.
inline bool multiplies_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq");
#else
  return true;
#endif
}

// Counts a run on this thread.
void count_run(Kernel kernel) noexcept;

// Whether a kernel may take the place of libtorch's on x, whatever its type: where any is to run, on the
// CPU, and unless the caller asked for LeRobot's rounding.
inline bool may_replace_any(const at::Tensor &x) {
  return chosen() != Choice::plain && rounding() == Rounding::fast && x.is_cpu() &&
         // What at::autocast::is_autocast_enabled asks; its header includes all of libtorch's.
         c10::impl::tls_is_dispatch_key_excluded(c10::DispatchKey::AutocastCPU);
}

// The same in full precision.
inline bool may_replace(const at::Tensor &x) {
  return may_replace_any(x) && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble);
}

// f of parts of 0..<count, each on one of libtorch's threads (parallel.cpp).
void in_parallel(int64_t count, c10::function_ref<void(int64_t, int64_t)> f);

// Whether masks of tensors of this type are drawn here. In float32 alone, and not on Intel's
// processors, where MKL draws them for libtorch from a stream of its own (masks.cpp).
bool draws_own_masks(at::ScalarType type);

// The dropout mask that torch draws from its global generator, 1 where an element is kept (masks.cpp).
at::Tensor drawn_mask(at::IntArrayRef shape, const at::TensorOptions &options, double p);

// x·wᵀ + bias outside the graph, of x [M, K] and w [N, K] on the CPU (linear.cpp).
at::Tensor product(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &bias);

// Leaves rowsᵀ·columns with a weight as its gradient, if that is asked for and it is much the smaller
// form; to be called in a backward pass (factors.cpp).
bool keep_factors(const at::Tensor &weight, const at::Tensor &rows, const at::Tensor &columns);

// Takes large tensors from memory of our own, or from libtorch's (memory.cpp).
void use_own_memory(bool own);

}  // namespace ck
