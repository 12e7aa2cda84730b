// Arithmetic: one libtorch call per function.
#include <ATen/ATen.h>

#include <cmath>

#include "internal.hpp"

using namespace ct;

// ---- in place

#define IN_PLACE(call) \
  c10::NoGradGuard guard; \
  return run([&] { call; })

int ct_set_data(CTTensor t, CTTensor data) {
  IN_PLACE(M(t).set_data(T(data)); T(t).unsafeGetTensorImpl()->bump_version());
}

// bfloat16 numbers on the CPU are drawn as by the releases of torch that LeRobot runs with, up to 2.7: from
// 8 bits, with every operation rounded. Later ones draw in float32.
namespace {
double rounded(double x) { return at::BFloat16(static_cast<float>(x)); }

bool is_drawn_narrow(const at::Tensor &x) {
  return x.scalar_type() == at::kBFloat16 && x.is_cpu() && x.is_contiguous();
}

// ATen/core/TransformationHelper.h, uniform_real. Whole numbers below 256 are the low bits of a word.
at::Tensor fill_narrow_uniform(const at::Tensor &x, double low, double high) {
  const double from = rounded(low), width = rounded(rounded(high) - from);
  for (const auto &part : x.view(-1).split(1 << 18)) {
    const auto bits = at::empty(part.sizes(), part.options().dtype(at::kInt)).random_(256);
    part.copy_(bits.to(at::kFloat) * (width / 256) + from);
  }
  return x;
}

// Normal numbers from uniform ones, [n, 16]; the first half of a row holds u1, the second u2
// (ATen/native/cpu/DistributionTemplates.h, normal_fill_16).
at::Tensor narrow_normal(const at::Tensor &u, double mean, double deviation) {
  const auto radius = at::sqrt(at::log(1 - u.narrow(1, 0, 8)) * -2);
  const auto angle = (u.narrow(1, 8, 8).to(at::kDouble) * (2 * M_PI)).to(at::kBFloat16);
  return at::cat({radius * at::cos(angle), radius * at::sin(angle)}, 1) * rounded(deviation) +
         rounded(mean);
}

void fill_narrow_normal(const at::Tensor &x, double mean, double deviation) {
  const auto flat = fill_narrow_uniform(x, 0, 1).view(-1);
  const int64_t whole = flat.numel() / 16 * 16;
  const auto blocks = flat.narrow(0, 0, whole).view({-1, 16});
  // A part at a time: the angles are in float64.
  for (const auto &block : blocks.split(1 << 16)) block.copy_(narrow_normal(block, mean, deviation));
  if (whole == flat.numel()) return;
  const auto last = flat.narrow(0, flat.numel() - 16, 16).view({1, 16});
  last.copy_(narrow_normal(fill_narrow_uniform(last, 0, 1), mean, deviation));
}
}  // namespace

int ct_uniform_(CTTensor t, double low, double high) {
  const auto &x = T(t);
  IN_PLACE(if (is_drawn_narrow(x)) fill_narrow_uniform(x, low, high); else x.uniform_(low, high));
}

int ct_normal_(CTTensor t, double mean, double deviation) {
  const auto &x = T(t);
  const bool has_blocks = is_drawn_narrow(x) && x.numel() >= 16;
  IN_PLACE(if (has_blocks) fill_narrow_normal(x, mean, deviation); else x.normal_(mean, deviation));
}
int ct_bernoulli_(CTTensor t, double p) { IN_PLACE(T(t).bernoulli_(p)); }
int ct_integers_(CTTensor t, int64_t bound) { IN_PLACE(T(t).random_(bound)); }
int ct_exponential_(CTTensor t) { IN_PLACE(T(t).exponential_()); }
int ct_copy_(CTTensor t, CTTensor from) { IN_PLACE(T(t).copy_(T(from))); }
int ct_add_(CTTensor t, CTTensor u, double scale) { IN_PLACE(T(t).add_(T(u), scale)); }
int ct_multiply_(CTTensor t, double factor) { IN_PLACE(T(t).mul_(factor)); }
int ct_lerp_(CTTensor t, CTTensor u, double weight) { IN_PLACE(T(t).lerp_(T(u), weight)); }

int ct_average_(const CTTensor *ts, const CTTensor *us, int n, double kept) {
  IN_PLACE(at::_foreach_mul_(L(ts, n), kept); at::_foreach_add_(L(ts, n), L(us, n), 1 - kept));
}

int ct_graph_add_(CTTensor t, CTTensor u) {
  return run([&] { T(t).add_(T(u)); });
}
int ct_graph_relu_(CTTensor t) {
  return run([&] { T(t).relu_(); });
}

// ---- everything else

#define MAKE(call) \
  return make([&] { return call; })

CTTensor ct_add(CTTensor a, CTTensor b) { MAKE(at::add(T(a), T(b))); }
CTTensor ct_subtract(CTTensor a, CTTensor b) { MAKE(at::sub(T(a), T(b))); }
CTTensor ct_multiply(CTTensor a, CTTensor b) { MAKE(at::mul(T(a), T(b))); }
CTTensor ct_divide(CTTensor a, CTTensor b) { MAKE(at::div(T(a), T(b))); }
CTTensor ct_add_number(CTTensor a, double b) { MAKE(at::add(T(a), b)); }
CTTensor ct_multiply_number(CTTensor a, double b) { MAKE(at::mul(T(a), b)); }
CTTensor ct_divide_number(CTTensor a, double b) { MAKE(at::div(T(a), b)); }
CTTensor ct_power(CTTensor a, double exponent) { MAKE(at::pow(T(a), exponent)); }
CTTensor ct_number_power(double base, CTTensor exponent) { MAKE(at::pow(base, T(exponent))); }
CTTensor ct_exp(CTTensor x) { MAKE(at::exp(T(x))); }
CTTensor ct_log(CTTensor x) { MAKE(at::log(T(x))); }
CTTensor ct_sqrt(CTTensor x) { MAKE(at::sqrt(T(x))); }
CTTensor ct_rsqrt(CTTensor x) { MAKE(at::rsqrt(T(x))); }
CTTensor ct_reciprocal(CTTensor x) { MAKE(at::reciprocal(T(x))); }
CTTensor ct_sin(CTTensor x) { MAKE(at::sin(T(x))); }
CTTensor ct_arcsine(CTTensor x) { MAKE(at::asin(at::clamp(T(x), -1, 1))); }
CTTensor ct_erfinv(CTTensor x) { MAKE(at::erfinv(T(x))); }
CTTensor ct_cos(CTTensor x) { MAKE(at::cos(T(x))); }
CTTensor ct_abs(CTTensor x) { MAKE(at::abs(T(x))); }
CTTensor ct_logical_not(CTTensor x) { MAKE(at::logical_not(T(x))); }
CTTensor ct_equal(CTTensor a, CTTensor b) { MAKE(at::eq(T(a), T(b))); }
CTTensor ct_is_finite(CTTensor x) { MAKE(at::isfinite(T(x))); }
CTTensor ct_clamp_above(CTTensor x, double high) { MAKE(at::clamp_max(T(x), high)); }
CTTensor ct_clamp(CTTensor x, double low, double high) { MAKE(at::clamp(T(x), low, high)); }
CTTensor ct_nan_to_number(CTTensor x, double number) { MAKE(at::nan_to_num(T(x), number)); }
CTTensor ct_is_above(CTTensor x, double number) { MAKE(at::gt(T(x), number)); }
CTTensor ct_masked_fill(CTTensor x, CTTensor mask, double value) {
  MAKE(at::masked_fill(T(x), T(mask), value));
}

CTTensor ct_sigmoid(CTTensor x) { MAKE(at::sigmoid(T(x))); }
CTTensor ct_tanh(CTTensor x) { MAKE(at::tanh(T(x))); }
CTTensor ct_elu(CTTensor x) { MAKE(at::elu(T(x))); }
CTTensor ct_relu(CTTensor x) { MAKE(at::relu(T(x))); }
CTTensor ct_gelu(CTTensor x) { MAKE(at::gelu(T(x))); }
CTTensor ct_glu(CTTensor x) { MAKE(at::glu(T(x))); }
CTTensor ct_mish(CTTensor x) { MAKE(at::mish(T(x))); }
CTTensor ct_silu(CTTensor x) { MAKE(at::silu(T(x))); }
CTTensor ct_gelu_tanh(CTTensor x) { MAKE(at::gelu(T(x), "tanh")); }
CTTensor ct_softmax(CTTensor x, int axis) { MAKE(at::softmax(T(x), axis)); }
CTTensor ct_log_softmax(CTTensor x, int axis) { MAKE(at::log_softmax(T(x), axis)); }

CTTensor ct_sum(CTTensor x) { MAKE(at::sum(T(x))); }
CTTensor ct_mean(CTTensor x) { MAKE(at::mean(T(x))); }
CTTensor ct_min_axis(CTTensor x, int axis) { MAKE(at::amin(T(x), axis)); }
CTTensor ct_std_axis(CTTensor x, int axis) { MAKE(at::std(T(x), at::IntArrayRef({axis}))); }
CTTensor ct_top_places(CTTensor x, int64_t count, int axis) {
  MAKE(std::get<1>(at::topk(T(x), count, axis, /*largest=*/true, /*sorted=*/true)));
}
CTTensor ct_sum_axis(CTTensor x, int axis) { MAKE(at::sum(T(x), axis)); }
CTTensor ct_cumulative_sum(CTTensor x, int axis) { MAKE(at::cumsum(T(x), axis)); }
CTTensor ct_all(CTTensor x) { MAKE(at::all(T(x))); }
CTTensor ct_max(CTTensor x) { MAKE(at::max(T(x))); }
CTTensor ct_argmax(CTTensor x, int axis) { MAKE(at::argmax(T(x), axis)); }

CTTensor ct_orthonormal(CTTensor x) { MAKE(std::get<0>(at::linalg_qr(T(x)))); }
CTTensor ct_matmul(CTTensor a, CTTensor b) { MAKE(at::matmul(T(a), T(b))); }
CTTensor ct_conv_transpose1d(CTTensor x, CTTensor w, CTTensor b, int stride, int padding) {
  MAKE(at::conv_transpose1d(T(x), T(w), O(b), {stride}, at::IntArrayRef({padding})));
}
CTTensor ct_max_pool2d(CTTensor x, int kernel, int stride, int padding) {
  MAKE(at::max_pool2d(T(x), {kernel, kernel}, {stride, stride}, {padding, padding}));
}
CTTensor ct_batch_norm(CTTensor x, CTTensor w, CTTensor b, CTTensor mean, CTTensor variance,
                       bool training, double momentum, double epsilon) {
  MAKE(at::batch_norm(T(x), O(w), O(b), O(mean), O(variance), training, momentum, epsilon,
                      at::globalContext().userEnabledCuDNN()));
}
CTTensor ct_group_norm(CTTensor x, int groups, CTTensor w, CTTensor b, double epsilon) {
  MAKE(at::group_norm(T(x), groups, O(w), O(b), epsilon));
}
CTTensor ct_bilinear(CTTensor x, int64_t height, int64_t width) {
  MAKE(at::upsample_bilinear2d(T(x), {height, width}, /*align_corners=*/false));
}
CTTensor ct_pad(CTTensor x, const int64_t *around, int count) {
  MAKE(at::constant_pad_nd(T(x), at::IntArrayRef(around, count), 0));
}
CTTensor ct_beta(double a, double b, int64_t count) {
  MAKE(at::_sample_dirichlet(at::stack({at::full({count}, a), at::full({count}, b)}, -1))
           .select(-1, 0));
}
CTTensor ct_rms_norm(CTTensor x, CTTensor w, double epsilon) {
  // Beside weights of another type, or in a narrow one, the numbers are rounded before they meet the
  // weight, as transformers does it.
  const auto type = T(x).scalar_type();
  const bool rounds_once = type == T(w).scalar_type() && (type == at::kFloat || type == at::kDouble);
  MAKE(rounds_once ? at::rms_norm(T(x), T(w).sizes(), T(w), epsilon)
                   : at::rms_norm(T(x), T(w).sizes(), {}, epsilon) * T(w));
}
CTTensor ct_layer_norm(CTTensor x, CTTensor w, CTTensor b, double epsilon) {
  MAKE(at::layer_norm(T(x), T(w).sizes(), O(w), O(b), epsilon));
}
CTTensor ct_embedding(CTTensor w, CTTensor indices) { MAKE(at::embedding(T(w), T(indices))); }
CTTensor ct_one_hot(CTTensor indices, int64_t count) { MAKE(at::one_hot(T(indices), count)); }
CTTensor ct_gather(CTTensor x, int axis, CTTensor indices) { MAKE(at::gather(T(x), axis, T(indices))); }

CTTensor ct_reshape(CTTensor x, const int64_t *s, int n) { MAKE(at::reshape(T(x), S(s, n))); }
CTTensor ct_expand(CTTensor x, const int64_t *s, int n) { MAKE(T(x).expand(S(s, n))); }
CTTensor ct_permute(CTTensor x, const int64_t *s, int n) { MAKE(at::permute(T(x), S(s, n))); }
CTTensor ct_transpose(CTTensor x, int a, int b) { MAKE(at::transpose(T(x), a, b)); }
CTTensor ct_select(CTTensor x, int axis, int64_t index) { MAKE(at::select(T(x), axis, index)); }
CTTensor ct_narrow(CTTensor x, int axis, int64_t start, int64_t count) {
  MAKE(at::narrow(T(x), axis, start, count));
}
CTTensor ct_unsqueeze(CTTensor x, int axis) { MAKE(at::unsqueeze(T(x), axis)); }
CTTensor ct_contiguous(CTTensor x) { MAKE(T(x).contiguous()); }
CTTensor ct_channels_last(CTTensor x) { MAKE(T(x).contiguous(at::MemoryFormat::ChannelsLast)); }
CTTensor ct_concatenate(const CTTensor *ts, int n, int axis) { MAKE(at::cat(L(ts, n), axis)); }
CTTensor ct_stack(const CTTensor *ts, int n, int axis) { MAKE(at::stack(L(ts, n), axis)); }
