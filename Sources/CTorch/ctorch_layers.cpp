// Operations that CKernels has a kernel for: that kernel where it suits, else libtorch's own.
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>

#include "internal.hpp"

using namespace ct;

// Attention by libtorch's own operations, which know every device and type.
static at::Tensor plain_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                                  const std::optional<at::Tensor> &forbidden,
                                  const std::optional<at::Tensor> &kept, int64_t count,
                                  double scale, double p) {
  const auto split = [=](const at::Tensor &x) {
    return x.reshape({x.size(0), x.size(1) * count, -1}).transpose(0, 1);
  };
  const auto scaled = split(q) * scale, keys = split(k).transpose(1, 2);
  const auto scores =
      forbidden
          ? at::baddbmm(forbidden->repeat_interleave(count, 0).unsqueeze(1), scaled, keys)
          : at::bmm(scaled, keys);
  auto weights = at::softmax(scores, -1);
  if (kept) weights = weights * (*kept / (1 - p));
  else if (p > 0) weights = at::dropout(weights, p, /*train=*/true);
  return at::bmm(weights, split(v)).transpose(0, 1).reshape(q.sizes());
}

CTTensor ct_attention(CTTensor q, CTTensor k, CTTensor v, CTTensor forbidden, CTTensor kept,
                      int heads, double scale, double p) {
  return make([&] {
    const auto call = ck::suits_attention(T(q), p) ? ck::attention : plain_attention;
    return call(T(q), T(k), T(v), O(forbidden), O(kept), heads, scale, p);
  });
}

CTTensor ct_grouped_attention(CTTensor q, CTTensor k, CTTensor v, CTTensor bias) {
  return make([&] {
    return ck::suits_wide_attention(T(q))
               ? ck::wide_attention(T(q), T(k), T(v), O(bias))
               : at::scaled_dot_product_attention(T(q), T(k), T(v), O(bias), /*dropout_p=*/0,
                                                  /*is_causal=*/false, /*scale=*/std::nullopt,
                                                  /*enable_gqa=*/true);
  });
}

CTTensor ct_dropout(CTTensor x, double p) {
  return make([&] {
    return ck::suits_dropout(T(x), p) ? ck::dropout(T(x), p) : at::dropout(T(x), p, /*train=*/true);
  });
}
CTTensor ct_rectified_dropout(CTTensor x, double p) {
  return make([&] {
    return ck::suits_dropout(T(x), p) ? ck::rectified_dropout(T(x), p)
                                      : at::dropout(at::relu(T(x)), p, /*train=*/true);
  });
}

CTTensor ct_linear(CTTensor x, CTTensor w, CTTensor b) {
  return make([&] {
    return ck::suits_linear(T(x), T(w)) ? ck::linear(T(x), T(w), O(b))
                                        : at::linear(T(x), T(w), O(b));
  });
}

CTTensor ct_conv1d(CTTensor x, CTTensor w, CTTensor b, int stride, int padding) {
  return make([&] {
    return ck::suits_conv1d(T(x))
               ? ck::conv1d(T(x), T(w), T(b), stride, padding)
               : at::conv1d(T(x), T(w), T(b), {stride}, at::IntArrayRef({padding}));
  });
}

CTTensor ct_conv2d(CTTensor x, CTTensor w, CTTensor b, int stride, int padding, int dilation) {
  return make([&] {
    return ck::suits_conv2d(T(x), T(w), stride, padding, dilation)
               ? ck::conv2d(T(x), T(w), O(b), stride, padding)
               : at::conv2d(T(x), T(w), O(b), {stride, stride}, at::IntArrayRef({padding, padding}),
                            {dilation, dilation});
  });
}

CTTensor ct_rectified_max_pool2d(CTTensor x, int kernel, int stride, int padding) {
  return make([&] {
    return ck::suits_rectified_max_pool(T(x), kernel)
               ? ck::rectified_max_pool(T(x), kernel, stride, padding)
               : at::max_pool2d(at::relu(T(x)), {kernel, kernel}, {stride, stride},
                                {padding, padding});
  });
}

// ---- Which of the two

static_assert(CT_PLAIN_KERNELS == int(ck::Choice::plain) && CT_OWN_KERNELS == int(ck::Choice::own) &&
              CT_FORCED_KERNELS == int(ck::Choice::forced));
static_assert(CT_ROUND_FAST == int(ck::Rounding::fast) &&
              CT_ROUND_AS_LEROBOT == int(ck::Rounding::as_lerobot));
static_assert(CT_ATTENTION == int(ck::Kernel::attention) && CT_DROPOUT == int(ck::Kernel::dropout) &&
              CT_RECTIFIED_DROPOUT == int(ck::Kernel::rectified_dropout) &&
              CT_CONVOLUTION_1D == int(ck::Kernel::convolution_1d) &&
              CT_RECTIFIED_MAX_POOL == int(ck::Kernel::rectified_max_pool) &&
              CT_LINEAR == int(ck::Kernel::linear) && CT_FACTORS == int(ck::Kernel::factors) &&
              CT_CONVOLUTION_2D == int(ck::Kernel::convolution_2d) &&
              CT_NARROW_ADAM == int(ck::Kernel::narrow_adam) &&
              CT_KERNEL_COUNT == int(ck::Kernel::count));

int ct_choose_kernels(int choice) {
  return run([&] {
    TORCH_CHECK(choice >= CT_PLAIN_KERNELS && choice <= CT_FORCED_KERNELS, "no choice of kernels: ",
                choice);
    ck::choose(ck::Choice(choice));
  });
}
int ct_chosen_kernels() { return int(ck::chosen()); }
int ct_set_rounding(int rounding) { return int(ck::set_rounding(ck::Rounding(rounding))); }
int ct_rounding() { return int(ck::rounding()); }
uint64_t ct_kernel_runs(int kernel) {
  return kernel >= 0 && kernel < CT_KERNEL_COUNT ? ck::runs(ck::Kernel(kernel)) : 0;
}
void ct_forget_peak() { ck::forget_peak(); }
void ct_memory(size_t *in_use, size_t *kept, size_t *most) {
  const auto memory = ck::memory();
  *in_use = memory.in_use;
  *kept = memory.kept;
  *most = memory.most;
}
