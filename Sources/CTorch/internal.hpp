// What the files of the shim share: views of handles, and the two catch-alls.
#pragma once
#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <c10/util/FunctionRef.h>

#include <string>

#include "../CTorchTable/include/ctorch_table.h"

// Compiled for each width of vectors; the processor's own is chosen when the library is loaded.
#if defined(__x86_64__)
#define WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDEST
#endif

namespace ct {
void set_error(const char *message, bool is_memory) noexcept;

static_assert(sizeof(at::Tensor) == sizeof(CTTensor), "a handle is exactly a tensor's pointer");

// A handle seen as a tensor in place, without touching its reference count.
inline const at::Tensor &T(const CTTensor &h) { return reinterpret_cast<const at::Tensor &>(h); }
inline at::Tensor &M(CTTensor &h) { return reinterpret_cast<at::Tensor &>(h); }
inline std::optional<at::Tensor> O(const CTTensor &h) {
  return h ? std::optional<at::Tensor>(T(h)) : std::nullopt;
}
inline at::TensorList L(const CTTensor *p, int n) {
  return at::TensorList(reinterpret_cast<const at::Tensor *>(p), n);
}
inline at::IntArrayRef S(const int64_t *p, int n) { return at::IntArrayRef(p, n); }
inline at::Device device(int index) {
  return index < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, index);
}
inline at::TensorOptions options(int dtype, int index) {
  return at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)).device(device(index));
}

// Whether MKL, which libtorch calls for products and random numbers, is at home here: it keeps its
// wide kernels and its own streams of random numbers for Intel's processors.
inline bool is_intel() {
#if defined(__x86_64__)
  static const bool answer = (__builtin_cpu_init(), __builtin_cpu_is("intel"));
  return answer;
#else
  return false;
#endif
}

// f of parts of 0..<count, each on one of libtorch's threads (ctorch_parallel.cpp).
void in_parallel(int64_t count, c10::function_ref<void(int64_t, int64_t)> f);

// A dropout mask from torch's global generator, 1 where an element is kept (ctorch_dropout.cpp).
at::Tensor drawn_mask(at::IntArrayRef shape, const at::TensorOptions &options, double p);

// How this thread's operations round: CT_ROUND_FAST or CT_ROUND_AS_LEROBOT. Nothing else decides it:
// a frozen part of a policy that is being trained computes without gradients and rounds fast.
extern thread_local int rounding;

// Counts a run of a kernel of our own on this thread.
void count_run(int kernel) noexcept;

// Whether a kernel of our own may take the place of libtorch's on x: on the CPU, in full precision,
// and unless the caller asked for LeRobot's rounding.
inline bool may_replace(const at::Tensor &x) {
  return rounding == CT_ROUND_FAST && x.is_cpu() &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble) &&
         !at::autocast::is_autocast_enabled(at::kCPU);
}

// x·wᵀ + bias outside the graph, of x [M, K] and w [N, K] on the CPU (ctorch_linear.cpp).
at::Tensor product(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &bias);

// Leaves rowsᵀ·columns with a weight as its gradient, if that is wanted and it is much the smaller
// form; to be called on the way back (ctorch_gradients.cpp).
bool keep_factors(const at::Tensor &weight, const at::Tensor &rows, const at::Tensor &columns);

// For operations the graph must not see.
struct NoGradients {
  bool before = c10::GradMode::is_enabled();
  NoGradients() { c10::GradMode::set_enabled(false); }
  ~NoGradients() { c10::GradMode::set_enabled(before); }
};

// No exception crosses: it becomes a message and a status.
template <class F>
inline int run(F &&f) noexcept {
  try {
    f();
    return 0;
  } catch (const c10::OutOfMemoryError &e) {
    set_error(e.what_without_backtrace(), true);
  } catch (const c10::Error &e) {
    // The CPU allocator throws a plain c10::Error, and so do CUDA and its libraries.
    const std::string_view text = e.what_without_backtrace();
    bool is_memory = false;
    for (const auto part : {"not enough memory", "can't allocate memory", "out of memory", "_ALLOC_FAILED"})
      is_memory = is_memory || text.find(part) != text.npos;
    set_error(text.data(), is_memory);
  } catch (const std::bad_alloc &e) {
    set_error(e.what(), true);
  } catch (const std::exception &e) {
    set_error(e.what(), false);
  } catch (...) {
    set_error("unknown C++ exception", false);
  }
  return 1;
}

template <class F>
inline CTTensor make(F &&f) noexcept {
  CTTensor result = nullptr;
  run([&] { result = at::Tensor(f()).unsafeReleaseTensorImpl(); });
  return result;
}
}  // namespace ct
