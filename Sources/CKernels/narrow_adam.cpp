// Adam on bfloat16 numbers, in one pass over memory instead of eight, with the rounding of torch's plain loop
// (torch/optim/adam.py, _single_tensor_adam): after every operation.
//
// Each line below is one operation of that loop, computed in float32 as ATen's kernels do it:
//   θ ← θ·(1 − ηλ)                  mul_
//   m ← fma(1 − β₁, g − m, m)       lerp_, which takes this form for weights below ½
//   v ← v·β₂; v ← v + (1 − β₂)·g·g  mul_, addcmul_
//   d ← √v / √(1 − β₂ᵗ) + ε         sqrt, div, add_, which rounds ε
//   θ ← θ − (η/(1 − β₁ᵗ))·m / d     addcdiv_
#include <cmath>
#include <cstring>

#include "kernels.hpp"

namespace {
struct Numbers {
  float kept, gained, beta2, gained2, root, epsilon, step;
};

inline float wide(uint16_t x) {
  const uint32_t bits = uint32_t(x) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// To nearest, ties to even.
inline float rounded(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return std::isnan(x) ? x : value;
}

inline uint16_t narrow(float rounded) {
  uint32_t bits;
  std::memcpy(&bits, &rounded, sizeof bits);
  return uint16_t(bits >> 16);
}

WIDEST void move(uint16_t *__restrict p, const uint16_t *__restrict g, uint16_t *__restrict m,
                 uint16_t *__restrict v, int64_t count, Numbers n) {
  for (int64_t i = 0; i < count; i++) {
    const float parameter = rounded(wide(p[i]) * n.kept);
    const float gradient = wide(g[i]), first = wide(m[i]);
    const float mean = rounded(__builtin_fmaf(n.gained, gradient - first, first));
    const float square =
        rounded(rounded(wide(v[i]) * n.beta2) + n.gained2 * gradient * gradient);
    const float scale = rounded(rounded(rounded(std::sqrt(square)) / n.root) + n.epsilon);
    p[i] = narrow(rounded(parameter + n.step * mean / scale));
    m[i] = narrow(mean);
    v[i] = narrow(square);
  }
}

uint16_t *bits(const at::Tensor &x) { return static_cast<uint16_t *>(x.data_ptr()); }
}  // namespace

bool ck::narrow_adam(const at::Tensor &p, const at::Tensor &g, const at::Tensor &m,
                     const at::Tensor &v, double step, const AdamOptions &o) {
  const bool fits = chosen() != Choice::plain && p.scalar_type() == at::kBFloat16 && p.is_cpu() &&
                    1 - o.beta1 < 0.5 && (o.decays_apart || o.decay == 0);
  for (const auto &x : {p, g, m, v})
    if (!fits || !x.is_contiguous() || x.scalar_type() != p.scalar_type()) return false;
  const Numbers numbers{o.decays_apart ? float(1 - o.rate * o.decay) : 1,
                        float(1 - o.beta1),
                        float(o.beta2),
                        float(1 - o.beta2),
                        float(std::sqrt(1 - std::pow(o.beta2, step))),
                        rounded(float(o.epsilon)),
                        float(-o.rate / (1 - std::pow(o.beta1, step)))};
  in_parallel(p.numel(), [&](int64_t first, int64_t last) {
    move(bits(p) + first, bits(g) + first, bits(m) + first, bits(v) + first, last - first, numbers);
  });
  count_run(Kernel::narrow_adam);
  return true;
}
