// Kernels of our own for the CPU. Each computes what one or several operations of libtorch compute,
// in less time or memory, and each can be left out: what it replaces stands beside its call in CTorch.
//
// Linked into libCTorch.so, so that nothing but that library maps libtorch (Decision 0012).
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/util/FunctionRef.h>

#include <optional>
#include <vector>

namespace ck {

// ---- Which kernels run (choice.cpp)

enum class Kernel {
  attention,
  dropout,
  rectified_dropout,
  convolution_1d,
  rectified_max_pool,
  linear,
  factors,  // a weight's gradient kept as the factors of a product
  convolution_2d,
  narrow_adam,  // Adam on bfloat16
  count
};

enum class Choice {
  plain,   // none: every operation is libtorch's own, and so is the memory
  own,     // where they are faster or smaller, and compute what libtorch does on this processor
  forced,  // wherever their arithmetic allows it; for tests, which then run them on any processor
};

enum class Rounding {
  fast,        // by the fastest kernel
  as_lerobot,  // by the operations that LeRobot's modules call (Decision 0010)
};

// Sets the choice for the process, and whose memory large tensors come from. To be called while no
// other thread computes.
void choose(Choice choice);
Choice chosen() noexcept;

// Sets how this thread's operations round; returns what it was. Whether gradients are recorded has no
// say: the frozen part of a policy in training computes without them and rounds fast.
Rounding set_rounding(Rounding rounding) noexcept;
Rounding rounding() noexcept;

// How often this thread has run a kernel.
uint64_t runs(Kernel kernel) noexcept;

// ---- The kernels; each has a question whether it may take the place of libtorch's operations

// softmax(scale·q·kᵀ + forbidden)·v of `heads` heads, q [Sq, B, D], k and v [Sk, B, D].
// forbidden: 0 or −∞, [B, Sk]; kept: the mask of dropout, [B·heads, Sq, Sk], drawn where it is absent.
bool suits_attention(const at::Tensor &q, double p);
at::Tensor attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                     const std::optional<at::Tensor> &forbidden,
                     const std::optional<at::Tensor> &kept, int64_t heads, double scale, double p);

// Attention of q [B, H, S, d] to k and v [B, G, T, d], in float32 for bfloat16.
bool suits_wide_attention(const at::Tensor &q);
at::Tensor wide_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                          const std::optional<at::Tensor> &bias);

// Dropout with the mask that torch draws, of x and of max(x, 0).
bool suits_dropout(const at::Tensor &x, double p);
at::Tensor dropout(const at::Tensor &x, double p);
at::Tensor rectified_dropout(const at::Tensor &x, double p);

// Cross-correlation of x [B, C, T] with w [O, C, k].
bool suits_conv1d(const at::Tensor &x);
at::Tensor conv1d(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b, int64_t stride,
                  int64_t padding);

// Cross-correlation of x [B, C, H, W], of few pixels, with w [O, C, k, k].
bool suits_conv2d(const at::Tensor &x, const at::Tensor &w, int64_t stride, int64_t padding,
                  int64_t dilation);
at::Tensor conv2d(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b,
                  int64_t stride, int64_t padding);

// The largest of each window of max(x, 0), x [B, C, H, W].
bool suits_rectified_max_pool(const at::Tensor &x, int64_t kernel);
at::Tensor rectified_max_pool(const at::Tensor &x, int64_t kernel, int64_t stride, int64_t padding);

// x·wᵀ + b over the last axis of x.
bool suits_linear(const at::Tensor &x, const at::Tensor &w);
at::Tensor linear(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b);

// ---- Gradients that are kept as the factors of a product (factors.cpp)

// While it lives, a backward pass on this thread may leave the gradients of large weights as factors.
class KeepsFactors {
 public:
  explicit KeepsFactors(bool keeps) noexcept;
  ~KeepsFactors();
  KeepsFactors(const KeepsFactors &) = delete;

 private:
  bool before;
};

// Whether the weight has a gradient, whole or in factors.
bool has_gradient(const at::Tensor &weight);
// Whether the gradient is in factors alone. Where both are there, they become one whole gradient.
bool is_factored(const at::Tensor &weight);
// Brings a gradient in factors into the form of all others.
void settle_gradient(const at::Tensor &weight);
void clear_gradient(const at::Tensor &weight);

// Of a gradient in factors: its norm; what a multiplication scales it by; and f(first, count, part) of
// its parts along axis 0, each small enough for the processor's cache.
at::Tensor factored_norm(const at::Tensor &weight);
at::Tensor factored_scale(const at::Tensor &weight);
void over_factored(const at::Tensor &weight,
                   c10::function_ref<void(int64_t, int64_t, const at::Tensor &)> f);

// ---- Adam (narrow_adam.cpp)

struct AdamOptions {
  double rate, beta1, beta2, epsilon, decay;
  bool decays_apart;
};

// The step of one parameter of bfloat16, its moments moved before; false where it has to be done otherwise.
bool narrow_adam(const at::Tensor &p, const at::Tensor &g, const at::Tensor &m, const at::Tensor &v,
                 double step, const AdamOptions &options);

// ---- The memory of large tensors (memory.cpp)

// Bytes in use, kept for the next tensors, and the most that were in use at once.
struct Memory {
  size_t in_use, kept, most;
};
Memory memory();
// Gives back what is kept for the next tensors, because they will be others.
void forget_peak();

}  // namespace ck
