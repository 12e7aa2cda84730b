// Convolution over time as one product.
//
// The columns are the inputs of each output side by side, [B·T′, C·k]. The result is the columns times
// the kernel as it lies in memory, [O, C·k], transposed. Kernels over time are large and few rows go
// through them; oneDNN's convolution would reorder the kernel in every call.
//
// With rows G of the result's gradient [B·T′, O], columns X and flat kernel W:
//   y = X·Wᵀ + b gives ∂X = G·W, ∂W = Gᵀ·X and ∂b = Σ_rows G,
// and ∂x collects from ∂X all places where an input stands.
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace ck;
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

  // For each input, the sum over its places among the columns.
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
    count_run(Kernel::convolution_1d);
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

bool ck::suits_conv1d(const at::Tensor &x) {
  return may_replace(x) && x.dim() == 3 && x.numel() > 0;
}

at::Tensor ck::conv1d(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b, int64_t stride,
                      int64_t padding) {
  return Convolution1D::apply(x, w, b, stride, padding);
}
