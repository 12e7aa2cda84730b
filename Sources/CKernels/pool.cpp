// The largest of each window of max(x, 0), in one pass.
//
// Goal: to keep one byte per window for the backward pass, and neither x, the largest tensor of a
// residual network, nor torch's eight bytes per window. The byte is the tap, the place within the
// window that the maximum came from. The gradient of an input is then the sum of the gradients of the
// windows whose tap is that input.
#include <ATen/Dispatch.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace ck;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
// The place within a window that its maximum came from; `none` where no element was above 0.
using Tap = uint8_t;
constexpr Tap none = 255;

struct Windows {
  int64_t batch, channels, height, width;  // of x
  int64_t kernel, stride, padding;

  int64_t count(int64_t size) const { return (size + 2 * padding - kernel) / stride + 1; }
  int64_t rows() const { return count(height); }
  int64_t columns() const { return count(width); }
};

// ---- one pixel, over its channels

#define CHANNELS_OF_A_PIXEL(F)                                                                    \
  WIDEST void raise(const F *x, F *__restrict best, int *__restrict from, int tap, int64_t n) {   \
    for (int64_t c = 0; c < n; c++) {                                                             \
      const bool more = x[c] > best[c] || x[c] != x[c]; /* a NaN stays */                         \
      best[c] = more ? x[c] : best[c];                                                            \
      from[c] = more ? tap : from[c];                                                             \
    }                                                                                             \
  }                                                                                               \
  WIDEST void gather(const F *g, F *__restrict dx, const Tap *from, Tap tap, int64_t n) {         \
    for (int64_t c = 0; c < n; c++) dx[c] += from[c] == tap ? g[c] : 0;                           \
  }
CHANNELS_OF_A_PIXEL(float)
CHANNELS_OF_A_PIXEL(double)

// ---- all pixels; the channels of a pixel lie side by side in memory

template <class F>
void pool(const Windows &w, const F *x, F *y, Tap *taps) {
  const int64_t rows = w.rows(), columns = w.columns(), channels = w.channels;
  in_parallel(w.batch * rows, [=](int64_t begin, int64_t end) {
    std::vector<int> from(channels);  // as wide as the numbers, so that the loop runs on vectors
    for (int64_t i = begin * columns; i < end * columns; i++) {
      const int64_t row = i / columns, picture = row / rows;
      const int64_t top = row % rows * w.stride - w.padding;
      const int64_t left = i % columns * w.stride - w.padding;
      std::fill_n(y + i * channels, channels, F(0));
      std::fill(from.begin(), from.end(), none);
      for (int64_t tap = 0; tap < w.kernel * w.kernel; tap++) {
        const int64_t v = top + tap / w.kernel, u = left + tap % w.kernel;
        if (v < 0 || v >= w.height || u < 0 || u >= w.width) continue;
        const F *pixel = x + ((picture * w.height + v) * w.width + u) * channels;
        raise(pixel, y + i * channels, from.data(), int(tap), channels);
      }
      std::copy(from.begin(), from.end(), taps + i * channels);
    }
  });
}

template <class F>
void spread(const Windows &w, const F *g, const Tap *taps, F *dx) {
  const int64_t rows = w.rows(), columns = w.columns(), channels = w.channels;
  in_parallel(w.batch * w.height, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin * w.width; i < end * w.width; i++) {
      const int64_t line = i / w.width, picture = line / w.height;
      std::fill_n(dx + i * channels, channels, F(0));
      for (int64_t tap = 0; tap < w.kernel * w.kernel; tap++) {
        const int64_t v = line % w.height + w.padding - tap / w.kernel;
        const int64_t u = i % w.width + w.padding - tap % w.kernel;
        if (v < 0 || v % w.stride || v / w.stride >= rows) continue;
        if (u < 0 || u % w.stride || u / w.stride >= columns) continue;
        const int64_t window = (picture * rows + v / w.stride) * columns + u / w.stride;
        gather(g + window * channels, dx + i * channels, taps + window * channels, Tap(tap), channels);
      }
    }
  });
}

at::Tensor pictures(at::IntArrayRef shape, const at::TensorOptions &options) {
  return at::empty(shape, options, at::MemoryFormat::ChannelsLast);
}

struct RectifiedMaxPool : torch::autograd::Function<RectifiedMaxPool> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &pictures_in, int64_t kernel,
                            int64_t stride, int64_t padding) {
    count_run(Kernel::rectified_max_pool);
    const auto x = pictures_in.contiguous(at::MemoryFormat::ChannelsLast);
    const Windows w{x.size(0), x.size(1), x.size(2), x.size(3), kernel, stride, padding};
    auto y = pictures({w.batch, w.channels, w.rows(), w.columns()}, x.options());
    auto taps = pictures(y.sizes(), x.options().dtype(at::kByte));
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "rectified_max_pool", [&] {
      pool(w, x.const_data_ptr<scalar_t>(), y.mutable_data_ptr<scalar_t>(),
           taps.mutable_data_ptr<Tap>());
    });
    context->save_for_backward({taps});
    context->saved_data["x"] = x.sizes();
    context->saved_data["window"] = std::vector<int64_t>{kernel, stride, padding};
    return y;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto taps = context->get_saved_variables()[0];
    const auto shape = context->saved_data["x"].toIntVector();
    const auto window = context->saved_data["window"].toIntVector();
    const Windows w{shape[0], shape[1], shape[2], shape[3], window[0], window[1], window[2]};
    const auto g = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    auto dx = pictures(shape, g.options());
    AT_DISPATCH_FLOATING_TYPES(g.scalar_type(), "rectified_max_pool", [&] {
      spread(w, g.const_data_ptr<scalar_t>(), taps.const_data_ptr<Tap>(),
             dx.mutable_data_ptr<scalar_t>());
    });
    return {dx, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};
}  // namespace

bool ck::suits_rectified_max_pool(const at::Tensor &x, int64_t kernel) {
  return may_replace(x) && x.dim() == 4 && x.numel() > 0 && kernel * kernel < none;
}

at::Tensor ck::rectified_max_pool(const at::Tensor &x, int64_t kernel, int64_t stride,
                                  int64_t padding) {
  return RectifiedMaxPool::apply(x, kernel, stride, padding);
}
