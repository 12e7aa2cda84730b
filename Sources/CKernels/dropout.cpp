// Dropout, and dropout behind a rectifier in one pass.
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace ck;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// f of every element of x and the element of `beside` at the same place; both have one shape.
template <class B, class F>
static at::Tensor combined(const at::Tensor &x, const at::Tensor &beside, const F &f) {
  auto y = at::empty(x.sizes(), x.options());
  const auto *from = x.const_data_ptr<float>();
  const auto *with = beside.const_data_ptr<B>();
  auto *to = y.mutable_data_ptr<float>();
  const int64_t count = x.numel(), part = 1 << 15;
  in_parallel((count + part - 1) / part, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin * part; i < std::min(end * part, count); i++) to[i] = f(from[i], with[i]);
  });
  return y;
}

// What a kept element is multiplied by, rounded as torch rounds it.
static float kept_scale(double p) { return 1 / float(1 - p); }

// x where the mask is 1, divided by the share that is kept.
static at::Tensor masked(const at::Tensor &x, const at::Tensor &mask, double p) {
  const float scale[2] = {0, kept_scale(p)};
  return combined<uint8_t>(x, mask, [=](float x, uint8_t kept) { return x * scale[kept]; });
}

namespace {
struct Dropout : torch::autograd::Function<Dropout> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, double p) {
    count_run(Kernel::dropout);
    auto mask = drawn_mask(x.sizes(), x.options(), p);
    context->save_for_backward({mask});
    context->saved_data["p"] = p;
    return masked(x, mask, p);
  }
  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto mask = context->get_saved_variables()[0];
    const double p = context->saved_data["p"].toDouble();
    return {masked(gradients[0].contiguous(), mask, p), at::Tensor()};
  }
};

// The result is 0 exactly where the rectifier or the mask stopped the gradient. So the result, which
// the next layer keeps anyway, is all that the backward pass needs.
struct RectifiedDropout : torch::autograd::Function<RectifiedDropout> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, double p) {
    count_run(Kernel::rectified_dropout);
    const float scale[2] = {0, kept_scale(p)};
    // A NaN passes, as it does through torch's rectifier.
    auto y = combined<uint8_t>(x, drawn_mask(x.sizes(), x.options(), p), [=](float x, uint8_t kept) {
      return (x < 0 ? 0.0f : x) * scale[kept];
    });
    context->save_for_backward({y});
    context->saved_data["p"] = p;
    return y;
  }
  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto y = context->get_saved_variables()[0];
    const float scale = kept_scale(context->saved_data["p"].toDouble());
    auto dx = combined<float>(gradients[0].contiguous(), y, [=](float g, float y) {
      return y == 0 ? 0.0f : g * scale;
    });
    return {dx, at::Tensor()};
  }
};
}  // namespace

// Whatever the rounding and under autocast too, because the results are torch's, bit for bit. The mask
// is drawn in the order of memory, so a tensor in another order has another mask.
bool ck::suits_dropout(const at::Tensor &x, double p) {
  return x.is_cpu() && draws_own_masks(x.scalar_type()) && x.is_contiguous() && x.numel() > 0 &&
         p > 0 && p < 1;
}
at::Tensor ck::dropout(const at::Tensor &x, double p) { return Dropout::apply(x, p); }
at::Tensor ck::rectified_dropout(const at::Tensor &x, double p) { return RectifiedDropout::apply(x, p); }
