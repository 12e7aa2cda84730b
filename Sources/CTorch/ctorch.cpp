// The library itself, random numbers, and the lifetime of tensors.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

#include <cstring>
#include <functional>
#include <memory>

#include "internal.hpp"

using namespace ct;

extern "C" uint64_t aoti_torch_abi_version();  // exported by libtorch_cpu

static thread_local std::string error_text;
static thread_local bool error_is_memory;

void ct::set_error(const char *message, bool is_memory) noexcept {
  try {
    error_text = message;
    error_is_memory = is_memory;
  } catch (...) {
  }
}

const char *ct_last_error() { return error_text.c_str(); }
bool ct_last_error_is_memory() { return error_is_memory; }
const char *ct_version() { return TORCH_VERSION; }

// A libtorch of another version than the compiled one loads silently and crashes later, so its version
// is asked for first.
int ct_check_abi() {
  return run([] {
    const uint64_t version = aoti_torch_abi_version();
    const int major = int(version >> 56 & 0xff), minor = int(version >> 48 & 0xff);
    TORCH_CHECK(major == TORCH_VERSION_MAJOR && minor == TORCH_VERSION_MINOR,
                "built for libtorch ", TORCH_VERSION_MAJOR, ".", TORCH_VERSION_MINOR,
                ", but libtorch ", major, ".", minor, " was loaded");
  });
}

int ct_thread_count() { return at::get_num_threads(); }
void ct_set_thread_count(int n) { at::set_num_threads(n); }

namespace {
// Keeps libtorch's warning when it finds no device, for instance because the driver is old.
struct Complaint : c10::WarningHandler {
  std::string text = "the CUDA runtime finds none";
  void process(const c10::Warning &warning) override { text = warning.msg(); }
};
}  // namespace

int ct_cuda_device_count() {
  static const auto [count, reason] = []() -> std::pair<int, std::string> {
    const auto &cuda = at::detail::getCUDAHooks();
    if (!cuda.hasCUDART())
      return {0, "this libtorch is for the CPU alone; install PyTorch with CUDA (in a checkout: TORCH=cuda Scripts/setup)"};
    Complaint heard;
    c10::WarningUtils::WarningHandlerGuard guard(&heard);
    const int found = cuda.deviceCount();
    return {found, heard.text};
  }();
  if (count == 0) set_error(reason.c_str(), false);
  return count;
}
int ct_set_cuda_math(bool tf32, bool benchmark) {
  return run([&] {
    at::globalContext().setAllowTF32CuBLAS(tf32);
    at::globalContext().setAllowTF32CuDNN(tf32);
    at::globalContext().setBenchmarkCuDNN(benchmark);
  });
}
bool ct_set_gradients_enabled(bool on) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(on);
  return before;
}
int ct_set_autocast(bool on, int index) {
  return run([&] {
    const auto type = device(index).type();
    if (on) at::autocast::set_autocast_dtype(type, at::kBFloat16);
    at::autocast::set_autocast_enabled(type, on);
    at::autocast::set_autocast_cache_enabled(on);
    if (!on) at::autocast::clear_cache();
  });
}
bool ct_autocasts(int index) { return at::autocast::is_autocast_enabled(device(index).type()); }

// ---- random numbers

int ct_seed(uint64_t seed) {
  return run([&] { at::manual_seed(seed); });
}
static at::Tensor generator_state(int index) {
  auto generator = at::globalContext().defaultGenerator(device(index));
  std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}
int ct_random_state_size(int index, size_t *size) {
  return run([&] { *size = generator_state(index).numel(); });
}
int ct_random_state(int index, uint8_t *bytes, size_t size) {
  return run([&] {
    auto state = generator_state(index);
    TORCH_CHECK((size_t)state.numel() == size, "the generator's state has ", state.numel(),
                " bytes, asked for ", size);
    std::memcpy(bytes, state.data_ptr(), size);
  });
}
int ct_set_random_state(int index, const uint8_t *bytes, size_t size) {
  return run([&] {
    auto state = at::empty({(int64_t)size}, at::kByte);
    std::memcpy(state.data_ptr(), bytes, size);
    auto generator = at::globalContext().defaultGenerator(device(index));
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(state);
  });
}

// ---- lifetime and properties of a tensor

void ct_release(CTTensor t) {
  c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(t);
}
int ct_rank(CTTensor t) { return (int)T(t).dim(); }
int64_t ct_size(CTTensor t, int axis) {
  int64_t size = -1;
  run([&] {
    TORCH_CHECK(axis >= 0 && axis < T(t).dim(), "shape ", T(t).sizes(), " has no axis ", axis);
    size = T(t).sizes()[axis];
  });
  return size;
}
int ct_dtype(CTTensor t) { return (int)T(t).scalar_type(); }
int ct_device(CTTensor t) { return T(t).is_cpu() ? CT_CPU : T(t).device().index(); }
int ct_copy_out(CTTensor t, void *bytes, size_t size) {
  return run([&] {
    auto host = T(t).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(host.nbytes() == size, "the tensor has ", host.nbytes(), " bytes, asked for ",
                size);
    std::memcpy(bytes, host.const_data_ptr(), size);
  });
}

CTTensor ct_zeros_like(CTTensor t) {
  return make([&] { return at::zeros_like(T(t)); });
}
CTTensor ct_empty(const int64_t *s, int n, int dtype, int index) {
  return make([&] { return at::empty(S(s, n), options(dtype, index)); });
}
CTTensor ct_full(const int64_t *s, int n, double value, int dtype, int index) {
  return make([&] { return at::full(S(s, n), value, options(dtype, index)); });
}
// A copy of the bytes on a device. A GPU fetches them later, from memory that libtorch pins and keeps
// until then, so nobody waits and the caller may free its own at once.
static at::Tensor sent(const void *bytes, at::IntArrayRef shape, int dtype, int index) {
  auto t = at::empty(shape, options(dtype, CT_CPU).pinned_memory(index >= 0));
  std::memcpy(t.mutable_data_ptr(), bytes, t.nbytes());
  return index < 0 ? t : t.to(options(dtype, index), /*non_blocking=*/true);
}
CTTensor ct_from_bytes(const void *bytes, const int64_t *s, int n, int dtype, int index) {
  return make([&] { return sent(bytes, S(s, n), dtype, index); });
}
static at::Tensor over(void *bytes, at::IntArrayRef shape, int dtype,
                       const std::function<void(void *)> &end = [](void *) {}) {
  return at::from_blob(bytes, shape, end, options(dtype, CT_CPU));
}
CTTensor ct_over_memory(void *bytes, const int64_t *s, int n, int dtype, void *owner,
                        void (*release)(void *)) {
  return make([&] {
    // Released with the last copy of the function that holds it.
    std::shared_ptr<void> kept(owner, release);
    return over(bytes, S(s, n), dtype, [kept](void *) {});
  });
}
int ct_copy_in_(CTTensor t, const void *bytes, int dtype) {
  c10::NoGradGuard guard;
  return run([&] { T(t).copy_(over(const_cast<void *>(bytes), T(t).sizes(), dtype)); });
}
uint32_t ct_write_count(CTTensor t) {
  return T(t).unsafeGetTensorImpl()->version_counter().current_version();
}
CTTensor ct_from_picture(const uint8_t *bytes, const int64_t *s, int n, const float *table,
                         int64_t period, int64_t inner, int index) {
  return make([&] {
    const int64_t count = c10::multiply_integers(S(s, n));
    if (index < 0) {
      at::Tensor result = at::empty(S(s, n), options(CT_FLOAT32, CT_CPU));
      float *out = result.mutable_data_ptr<float>();
      for (int64_t start = 0; start < count; start += inner) {
        const float *values = table + start / inner % period * 256;
        for (int64_t i = start; i < start + inner; i++) out[i] = values[bytes[i]];
      }
      return result;
    }
    auto places = sent(bytes, {count}, CT_UINT8, index).to(at::kInt);
    places = places.view({-1, period, inner});
    places.add_(at::arange(period, places.options()).mul_(256).view({period, 1}));
    const auto values = sent(table, {period * 256}, CT_FLOAT32, index);
    return values.index_select(0, places.flatten()).view(S(s, n));
  });
}
// Returns when the elements have arrived. If it returned earlier, the owner of the source could free
// it during the copy.
CTTensor ct_to(CTTensor t, int dtype, int index) {
  return make([&] { return T(t).to(options(dtype, index)); });
}
CTTensor ct_clone(CTTensor t) {
  return make([&] { return T(t).clone(); });
}
CTTensor ct_detach(CTTensor t) {
  return make([&] { return T(t).detach(); });
}

// ---- leaves

int ct_set_requires_gradient(CTTensor t, bool on) {
  return run([&] { M(t).requires_grad_(on); });
}
bool ct_requires_gradient(CTTensor t) { return T(t).requires_grad(); }
