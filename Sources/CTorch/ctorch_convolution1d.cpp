// Convolution over time on the CPU as one product: the inputs of every output side by side, times
// the kernel as it lies in memory. Such kernels are large beside the few rows that go through
// them, and oneDNN's convolution would bring them into another order in every call.
#include <torch/csrc/autograd/custom_function.h>

#include "internal.hpp"

using namespace ct;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
// [B, O, T′] as [B·T′, O], and back.
at::Tensor rows_of(const at::Tensor &y) { return y.transpose(1, 2).reshape({-1, y.size(1)}); }
at::Tensor signals_of(const at::Tensor &rows, int64_t batch) {
  return rows.view({batch, -1, rows.size(1)}).transpose(1, 2);
}

struct Convolution1D : torch::autograd::Function<Convolution1D> {
  // What each output is computed from, [B·T′, C·k] of x [B, C, T].
  static at::Tensor columns(const at::Tensor &x, int64_t k, int64_t stride, int64_t padding) {
    const auto windows = at::constant_pad_nd(x, {padding, padding}).unfold(2, k, stride);
    return windows.permute({0, 2, 1, 3}).reshape({-1, x.size(1) * k});
  }

  // The sum, for each input, over where it stands among the columns.
  static at::Tensor gathered(const at::Tensor &columns, at::IntArrayRef shape, int64_t k,
                             int64_t stride, int64_t padding) {
    auto sum = at::zeros({shape[0], shape[1], shape[2] + 2 * padding}, columns.options());
    const auto windows = columns.view({shape[0], -1, shape[1], k});  // [B, T′, C, k]
    const int64_t reach = (windows.size(1) - 1) * stride + 1;
    for (int64_t tap = 0; tap < k; tap++)
      sum.slice(2, tap, tap + reach, stride).add_(windows.select(3, tap).transpose(1, 2));
    return sum.narrow(2, padding, shape[2]);
  }

  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &w,
                            const at::Tensor &b, int64_t stride, int64_t padding) {
    count_run(CT_CONVOLUTION_1D);
    context->save_for_backward({x, w});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    const auto flat = w.reshape({w.size(0), -1});
    return signals_of(product(columns(x, w.size(2), stride, padding), flat, b), x.size(0));
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &w = saved[1];
    const int64_t k = w.size(2), stride = context->saved_data["stride"].toInt(),
                  padding = context->saved_data["padding"].toInt();
    const auto g = rows_of(gradients[0]), flat = w.reshape({w.size(0), -1});
    at::Tensor dx, dw, db;
    if (context->needs_input_grad(0))
      dx = gathered(product(g, flat.t(), {}), x.sizes(), k, stride, padding);
    if (context->needs_input_grad(1)) {
      const auto from = columns(x, k, stride, padding);
      if (!keep_factors(w, g, from)) dw = product(g.t(), from.t(), {}).view(w.sizes());
    }
    if (context->needs_input_grad(2)) db = g.sum(0);
    return {dx, dw, db, at::Tensor(), at::Tensor()};
  }
};
}  // namespace

CTTensor ct_conv1d(CTTensor x, CTTensor w, CTTensor b, int stride, int padding) {
  return make([&] {
    const bool suits = may_replace(T(x)) && T(x).dim() == 3 && T(x).numel() > 0;
    return suits ? Convolution1D::apply(T(x), T(w), T(b), stride, padding)
                 : at::conv1d(T(x), T(w), T(b), {stride}, at::IntArrayRef({padding}));
  });
}
