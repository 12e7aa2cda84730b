// x·Wᵀ + b by oneDNN, where that is faster than the MKL which libtorch calls; and in float32 for bfloat16,
// where the processor has no instructions by which oneDNN would multiply that.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/linear.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace ck;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// MKL keeps its AVX-512 kernels for Intel's processors. On others with AVX-512, oneDNN, which libtorch
// calls for convolutions, is twice as fast.
static bool prefers_onednn() {
#if defined(__x86_64__)
  return !is_intel() && __builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

// A smaller number of multiplications takes oneDNN longer to prepare than it saves.
static const int64_t worthwhile = 1 << 20;

// Whether a product of two tensors of a type is to be computed here, which may be better on this processor.
static bool suits(const at::Tensor &x, const at::Tensor &w, at::ScalarType type, bool is_better) {
  if (!x.is_cpu() || x.scalar_type() != type || w.scalar_type() != type) return false;
  const int64_t multiplications = x.numel() * w.size(0);
  switch (chosen()) {
    case Choice::plain: return false;
    case Choice::own: return is_better && multiplications >= worthwhile;
    case Choice::forced: return multiplications > 0;
  }
  return false;
}

static bool suits_onednn(const at::Tensor &x, const at::Tensor &w) {
  return suits(x, w, at::kFloat, prefers_onednn());
}

// Fewer rows than these cost less than another copy of w.
static const int64_t fewest_rows = 8;

static bool suits_widening(const at::Tensor &x, const at::Tensor &w) {
  return suits(x, w, at::kBFloat16,
               !multiplies_bfloat16() && x.numel() >= fewest_rows * x.size(-1));
}

// Sums of products are kept in float32 either way, and rounded once.
static at::Tensor widened(const at::Tensor &x, const at::Tensor &w,
                          const std::optional<at::Tensor> &bias) {
  const auto wide_bias = bias ? std::optional(bias->to(at::kFloat)) : std::nullopt;
  return ck::product(x.to(at::kFloat), w.to(at::kFloat), wide_bias).to(x.scalar_type());
}

// oneDNN's product as libtorch registers it for its own compiler: x [M, K], w [N, K].
static at::Tensor by_onednn(const at::Tensor &x, const at::Tensor &w,
                          const std::optional<at::Tensor> &bias) {
  using Signature = at::Tensor(const at::Tensor &, const at::Tensor &,
                               const std::optional<at::Tensor> &, std::string_view,
                               c10::List<std::optional<at::Scalar>>,
                               std::optional<std::string_view>);
  static const auto call = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
                               .typed<Signature>();
  return call.call(x, w, bias, "none", c10::List<std::optional<at::Scalar>>(), "");
}

at::Tensor ck::product(const at::Tensor &x, const at::Tensor &w,
                       const std::optional<at::Tensor> &bias) {
  if (suits_widening(x, w)) return widened(x, w, bias);
  return suits_onednn(x, w) ? by_onednn(x, w, bias) : at::linear(x, w, bias);
}

namespace {
struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &w,
                            const std::optional<at::Tensor> &bias) {
    count_run(Kernel::linear);
    context->save_for_backward({x, w});
    context->saved_data["has_bias"] = bias.has_value();
    auto shape = x.sizes().vec();
    shape.back() = w.size(0);
    return product(x.reshape({-1, x.size(-1)}), w, bias).view(shape);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &w = saved[1];
    const auto g = gradients[0].reshape({-1, w.size(0)});
    at::Tensor dx, dw, db;
    if (context->needs_input_grad(0)) dx = product(g, w.t(), {}).view(x.sizes());
    if (context->needs_input_grad(1)) dw = product(g.t(), x.reshape({-1, x.size(-1)}).t(), {});
    // An absent bias has no number among the inputs.
    if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) db = g.sum(0);
    return {dx, dw, db};
  }
};
}  // namespace

bool ck::suits_linear(const at::Tensor &x, const at::Tensor &w) {
  return may_replace_any(x) && x.dim() >= 2 && (suits_onednn(x, w) || suits_widening(x, w));
}

at::Tensor ck::linear(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b) {
  return Linear::apply(x, w, b);
}
