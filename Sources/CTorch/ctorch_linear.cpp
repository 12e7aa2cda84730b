// x·Wᵀ + b, on the CPU by whichever of libtorch's two libraries is the faster.
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include "internal.hpp"

using namespace ct;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Where MKL is not at home and there is AVX-512, oneDNN, which libtorch calls for convolutions, is
// twice as fast.
static bool prefers_onednn() {
#if defined(__x86_64__)
  return !is_intel() && __builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

// Below this many multiplications oneDNN's preparations cost more than they gain.
static const int64_t worthwhile = 1 << 20;

static bool suits_onednn(const at::Tensor &x, const at::Tensor &w) {
  return prefers_onednn() && x.is_cpu() && x.scalar_type() == at::kFloat &&
         w.scalar_type() == at::kFloat && x.numel() * w.size(0) >= worthwhile;
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

at::Tensor ct::product(const at::Tensor &x, const at::Tensor &w,
                       const std::optional<at::Tensor> &bias) {
  return suits_onednn(x, w) ? by_onednn(x, w, bias) : at::linear(x, w, bias);
}

namespace {
struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &w,
                            const std::optional<at::Tensor> &bias) {
    count_run(CT_LINEAR);
    context->save_for_backward({x, w});
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
    if (context->needs_input_grad(2)) db = g.sum(0);
    return {dx, dw, db};
  }
};
}  // namespace

CTTensor ct_linear(CTTensor x, CTTensor w, CTTensor b) {
  return make([&] {
    const bool suits = may_replace(T(x)) && T(x).dim() >= 2 && suits_onednn(T(x), T(w));
    return suits ? Linear::apply(T(x), T(w), O(b)) : at::linear(T(x), T(w), O(b));
  });
}
