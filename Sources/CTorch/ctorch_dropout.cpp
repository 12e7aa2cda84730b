// Dropout on the CPU: the very masks torch draws, drawn faster and kept as bytes.
#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "internal.hpp"

using namespace ct;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// ---- torch's Mersenne Twister, a block of words at a time (Matsumoto & Nishimura 1998)

static constexpr int words_of_state = at::MERSENNE_STATE_N, distance = at::MERSENNE_STATE_M;

static inline uint32_t twist(uint32_t u, uint32_t v) {
  return (((u & at::UMASK) | (v & at::LMASK)) >> 1) ^ (-(v & 1) & at::MATRIX_A);
}
WIDEST static void next_state(uint32_t *state) {
  constexpr int n = words_of_state, m = distance;
  for (int i = 0; i < n - m; i++) state[i] = state[i + m] ^ twist(state[i], state[i + 1]);
  for (int i = n - m; i < n - 1; i++) state[i] = state[i + m - n] ^ twist(state[i], state[i + 1]);
  state[n - 1] = state[m - 1] ^ twist(state[n - 1], state[0]);
}
WIDEST static void temper(const uint32_t *state, uint32_t *words, int n) {
  for (int i = 0; i < n; i++) {
    uint32_t y = state[i];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    words[i] = y ^ (y >> 18);
  }
}
// torch compares the lower 53 bits of two words, as a fraction, with the probability.
WIDEST static void decide(const uint32_t *words, int pairs, uint64_t limit, uint8_t *kept) {
  for (int i = 0; i < pairs; i++) {
    const uint64_t drawn = uint64_t(words[2 * i] & 0x1fffff) << 32 | words[2 * i + 1];
    kept[i] = drawn < limit;
  }
}

// What `bernoulli_(probability)` draws from torch's global generator, as 0 and 1.
static void draw(uint8_t *kept, int64_t count, double probability) {
  auto *generator = at::get_generator_or_default<at::CPUGeneratorImpl>(
      std::nullopt, at::detail::getDefaultCPUGenerator());
  std::lock_guard<std::mutex> lock(generator->mutex_);
  auto engine = generator->engine();
  auto pod = engine.data();
  const uint64_t limit = std::ceil(std::ldexp(probability, 53));
  uint32_t words[words_of_state + 1];
  int held = 0;  // 1 when a block ended within a pair
  while (count > 0) {
    // torch counts the word that makes it renew the state among those that are left.
    if (pod.left_ == 1) {
      next_state(pod.state_.data());
      pod.next_ = 0;
      pod.left_ = words_of_state + 1;
    }
    const int fresh = std::min<int64_t>(pod.left_ - 1, 2 * count - held);
    temper(pod.state_.data() + pod.next_, words + held, fresh);
    pod.next_ += fresh;
    pod.left_ -= fresh;
    const int pairs = (held + fresh) / 2;
    decide(words, pairs, limit, kept);
    held = (held + fresh) % 2;
    words[0] = words[2 * pairs];
    kept += pairs;
    count -= pairs;
  }
  engine.set_data(pod);
  generator->set_engine(engine);
}

// The mask goes through memory in its order, so a tensor in another order has another mask. On
// Intel's processors libtorch draws masks by MKL.
static bool suits_own_mask(const at::Tensor &x, double p) {
  return !is_intel() && x.is_cpu() && x.scalar_type() == at::kFloat &&
         x.is_contiguous() && x.numel() > 0 && p > 0 && p < 1;
}

// The bytes that at::dropout would draw for a tensor of this shape and type on the CPU.
at::Tensor ct::drawn_mask(at::IntArrayRef shape, const at::TensorOptions &options, double p) {
  if (is_intel() || options.dtype() != at::kFloat)
    return at::empty(shape, options).bernoulli_(1 - p).to(at::kByte);
  auto mask = at::empty(shape, options.dtype(at::kByte));
  draw(mask.mutable_data_ptr<uint8_t>(), mask.numel(), 1 - p);
  return mask;
}

// f of every element of x and its neighbour in `beside`, which has the same shape.
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

// What a kept element is multiplied by; rounded as torch does.
static float kept_scale(double p) { return 1 / float(1 - p); }

// x where the mask is 1, over the share that is kept.
static at::Tensor masked(const at::Tensor &x, const at::Tensor &mask, double p) {
  const float scale[2] = {0, kept_scale(p)};
  return combined<uint8_t>(x, mask, [=](float x, uint8_t kept) { return x * scale[kept]; });
}

namespace {
struct Dropout : torch::autograd::Function<Dropout> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, double p) {
    count_run(CT_DROPOUT);
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

// Where the result is 0, the rectifier or the mask has stopped the gradient: nothing but the
// result, which the next layer keeps anyway, has to be kept.
struct RectifiedDropout : torch::autograd::Function<RectifiedDropout> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, double p) {
    count_run(CT_RECTIFIED_DROPOUT);
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

CTTensor ct_dropout(CTTensor x, double p) {
  return make([&] {
    return suits_own_mask(T(x), p) ? Dropout::apply(T(x), p)
                                   : at::dropout(T(x), p, /*train=*/true);
  });
}

CTTensor ct_rectified_dropout(CTTensor x, double p) {
  return make([&] {
    return suits_own_mask(T(x), p) ? RectifiedDropout::apply(T(x), p)
                                   : at::dropout(at::relu(T(x)), p, /*train=*/true);
  });
}
