// Convolution of small pictures, one product for each tap of the kernel.
//
// The last stage of a residual network sees a picture of 84×84 as a map of 3×3, where 32 of the 81
// places under a kernel of 3×3 lie in the padding. oneDNN multiplies those too, and brings the kernel
// into an order of its own in every call. Here a tap takes part for the pixels that it sees:
//
//   y[seeing] += x[seen]·W[tap]ᵀ gives ∂x[seen] += ∂y[seeing]·W[tap] and ∂W[tap] = ∂y[seeing]ᵀ·x[seen],
//
// with x[seen] of [pixels, C], W[tap] of [O, C]. The channels of a pixel, and of a tap, lie side by
// side in memory, so that W[tap] is a view, and ∂W needs no reordering before the optimizer.
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "kernels.hpp"

using namespace ck;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
// Maps of more pixels lose little in the padding; oneDNN is as fast for them.
constexpr int64_t few_pixels = 16;

int64_t outputs_of(int64_t size, int64_t kernel, int64_t stride, int64_t padding) {
  return (size + 2 * padding - kernel) / stride + 1;
}

// What a tap sees along one axis: `count` outputs from `first` on see places from `seen` on.
struct Reach {
  int64_t first, count, seen, stride;

  Reach(int64_t tap, int64_t size, int64_t outputs, int64_t stride, int64_t padding) : stride(stride) {
    first = (std::max<int64_t>(padding - tap, 0) + stride - 1) / stride;
    const int64_t room = size - 1 + padding - tap;  // from the first output's place to the last place
    count = std::max<int64_t>(room < 0 ? 0 : std::min(outputs, room / stride + 1) - first, 0);
    seen = first * stride + tap - padding;
  }

  at::Tensor places(const at::Tensor &x, int64_t axis) const {
    return x.slice(axis, seen, seen + (count - 1) * stride + 1, stride);
  }
  at::Tensor outputs(const at::Tensor &y, int64_t axis) const { return y.narrow(axis, first, count); }
};

// A tap of a kernel, and what it takes part in.
struct Tap {
  int64_t row, column;
  Reach rows, columns;

  bool is_blind() const { return rows.count == 0 || columns.count == 0; }
  at::Tensor of(const at::Tensor &w) const { return w.select(1, row).select(1, column); }
  at::Tensor places(const at::Tensor &x) const { return columns.places(rows.places(x, 1), 2); }
  at::Tensor outputs(const at::Tensor &y) const { return columns.outputs(rows.outputs(y, 1), 2); }
};

// [B, C, H, W] as [B, H, W, C], the order in memory.
at::Tensor pixels_of(const at::Tensor &x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast).permute({0, 2, 3, 1});
}
// New pictures in that order; no view, which nobody could change in place.
at::Tensor new_pictures(at::IntArrayRef shape, const at::TensorOptions &options) {
  return at::empty(shape, options, at::MemoryFormat::ChannelsLast);
}

at::Tensor rows_of(const at::Tensor &pixels) { return pixels.reshape({-1, pixels.size(3)}); }

// f of every tap of w [O, k, k, C] over x [B, H, W, C] and y [B, H′, W′, O].
void over_taps(const at::Tensor &x, const at::Tensor &w, const at::Tensor &y, int64_t stride,
               int64_t padding, c10::function_ref<void(const Tap &)> f) {
  for (int64_t row = 0; row < w.size(1); row++)
    for (int64_t column = 0; column < w.size(2); column++)
      f({row, column, Reach(row, x.size(1), y.size(1), stride, padding),
         Reach(column, x.size(2), y.size(2), stride, padding)});
}

struct Convolution2D : torch::autograd::Function<Convolution2D> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &pictures,
                            const at::Tensor &kernel, const std::optional<at::Tensor> &bias,
                            int64_t stride, int64_t padding) {
    count_run(Kernel::convolution_2d);
    const auto x = pixels_of(pictures), w = pixels_of(kernel);
    context->save_for_backward({x, w});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["has_bias"] = bias.has_value();
    const int64_t rows = outputs_of(x.size(1), w.size(1), stride, padding);
    const int64_t columns = outputs_of(x.size(2), w.size(2), stride, padding);
    const auto result = new_pictures({x.size(0), w.size(0), rows, columns}, x.options());
    const auto y = result.permute({0, 2, 3, 1});
    if (bias) y.copy_(*bias);
    else y.zero_();
    over_taps(x, w, y, stride, padding, [&](const Tap &tap) {
      if (tap.is_blind()) return;
      const auto seeing = tap.outputs(y);
      seeing.add_(product(rows_of(tap.places(x)), tap.of(w), {}).view(seeing.sizes()));
    });
    return result;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &w = saved[1];
    const auto g = pixels_of(gradients[0]);
    const bool wants_dx = context->needs_input_grad(0), wants_dw = context->needs_input_grad(1);
    const auto like = [](const at::Tensor &pixels) {
      return new_pictures(pixels.permute({0, 3, 1, 2}).sizes(), pixels.options());
    };
    const auto of_x = wants_dx ? like(x).zero_() : at::Tensor();
    const auto of_w = wants_dw ? like(w) : at::Tensor();
    const auto dx = wants_dx ? of_x.permute({0, 2, 3, 1}) : at::Tensor();
    const auto dw = wants_dw ? of_w.permute({0, 2, 3, 1}) : at::Tensor();
    const int64_t stride = context->saved_data["stride"].toInt();
    over_taps(x, w, g, stride, context->saved_data["padding"].toInt(), [&](const Tap &tap) {
      if (tap.is_blind()) {
        if (wants_dw) tap.of(dw).zero_();
        return;
      }
      const auto from = rows_of(tap.outputs(g));
      if (wants_dw) tap.of(dw).copy_(product(from.t(), rows_of(tap.places(x)).t(), {}));
      if (!wants_dx) return;
      const auto into = tap.places(dx);
      into.add_(product(from, tap.of(w).t(), {}).view(into.sizes()));
    });
    // An absent bias has no number among the inputs.
    const bool wants_db = context->saved_data["has_bias"].toBool() && context->needs_input_grad(2);
    return {of_x, of_w, wants_db ? g.sum(at::IntArrayRef({0, 1, 2})) : at::Tensor(), at::Tensor(),
            at::Tensor()};
  }
};
}  // namespace

bool ck::suits_conv2d(const at::Tensor &x, const at::Tensor &w, int64_t stride, int64_t padding,
                      int64_t dilation) {
  if (!may_replace(x) || x.dim() != 4 || x.numel() == 0 || dilation != 1 || w.size(2) == 1) return false;
  if (x.scalar_type() != w.scalar_type()) return false;
  const int64_t rows = outputs_of(x.size(2), w.size(2), stride, padding);
  const int64_t columns = outputs_of(x.size(3), w.size(3), stride, padding);
  if (rows <= 0 || columns <= 0) return false;
  return chosen() == Choice::forced || (padding > 0 && rows * columns <= few_pixels);
}

at::Tensor ck::conv2d(const at::Tensor &x, const at::Tensor &w, const std::optional<at::Tensor> &b,
                      int64_t stride, int64_t padding) {
  return Convolution2D::apply(x, w, b, stride, padding);
}
