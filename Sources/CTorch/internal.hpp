// What the files of the shim share: handles as tensors, and functions that catch every exception.
#pragma once
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>

#include <string>

#include "../CKernels/ckernels.hpp"
#include "../CTorchTable/include/ctorch_table.h"

namespace ct {
void set_error(const char *message, bool is_memory) noexcept;

static_assert(sizeof(at::Tensor) == sizeof(CTTensor), "a handle is exactly a tensor's pointer");

// The tensor behind a handle, without changing its reference count.
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

// Calls f. An exception becomes a message and a status, since none may reach Swift.
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
