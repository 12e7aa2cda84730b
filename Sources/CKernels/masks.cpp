// Dropout masks: those that torch draws, drawn faster and kept as bytes.
//
// Goal: after drawing n numbers, the mask and the state of torch's global generator are exactly those
// that `bernoulli_` leaves. torch draws each number by itself; here a block of words is drawn at a time,
// in loops that run on vectors.
//
// The generator (Matsumoto & Nishimura 1998) has a state of n = 624 words x₀ … x₆₂₃ and renews it by
//
//   xₖ₊ₙ = xₖ₊ₘ ⊕ twist(xₖ, xₖ₊₁),   m = 397.
//
// In place, word i of the new state needs the old words i and i + 1, and word i + m. That one is still
// old for i < n − m. From i = n − m on it is the new word i + m − n, which was written n − m = 227 words
// earlier. So both loops of `next_state` depend on nothing nearer than 227 words and run on vectors;
// the last word takes the new x₀ for its neighbour.
//
// A number needs two words, the upper one first. torch takes the lower 53 bits, u, of the 64 and keeps
// an element where u·2⁻⁵³ < q, q being the share that is kept. u is whole, so that is u < ⌈q·2⁵³⌉, and
// q·2⁵³ is exact in float64.
//
// torch's engine counts `left` words until it renews its state: it decrements first, renews at 0, and
// counts the word that it then returns. So left − 1 words can be taken before a renewal, and a renewed
// state has left = n + 1 before its first word. A block may end between the two words of a number; the
// first is then carried over into the next block.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>

#include <cmath>

#include "kernels.hpp"

using namespace ck;

static constexpr int state_size = at::MERSENNE_STATE_N, distance = at::MERSENNE_STATE_M;

static inline uint32_t twist(uint32_t u, uint32_t v) {
  return (((u & at::UMASK) | (v & at::LMASK)) >> 1) ^ (-(v & 1) & at::MATRIX_A);
}
WIDEST static void next_state(uint32_t *x) {
  constexpr int n = state_size, m = distance;
  for (int i = 0; i < n - m; i++) x[i] = x[i + m] ^ twist(x[i], x[i + 1]);
  for (int i = n - m; i < n - 1; i++) x[i] = x[i + m - n] ^ twist(x[i], x[i + 1]);
  x[n - 1] = x[m - 1] ^ twist(x[n - 1], x[0]);
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
WIDEST static void decide(const uint32_t *words, int numbers, uint64_t limit, uint8_t *kept) {
  for (int i = 0; i < numbers; i++) {
    const uint64_t drawn = uint64_t(words[2 * i] & 0x1fffff) << 32 | words[2 * i + 1];
    kept[i] = drawn < limit;
  }
}

// Writes what `bernoulli_(share)` draws from torch's global generator, as 0 and 1.
static void draw(uint8_t *kept, int64_t count, double share) {
  auto *generator = at::get_generator_or_default<at::CPUGeneratorImpl>(
      std::nullopt, at::detail::getDefaultCPUGenerator());
  std::lock_guard<std::mutex> lock(generator->mutex_);
  auto engine = generator->engine();
  auto pod = engine.data();
  const uint64_t limit = std::ceil(std::ldexp(share, 53));
  uint32_t words[state_size + 1];
  int held = 0;  // 1 where a block ended between the two words of a number
  while (count > 0) {
    if (pod.left_ == 1) {
      next_state(pod.state_.data());
      pod.next_ = 0;
      pod.left_ = state_size + 1;
    }
    const int fresh = std::min<int64_t>(pod.left_ - 1, 2 * count - held);
    temper(pod.state_.data() + pod.next_, words + held, fresh);
    pod.next_ += fresh;
    pod.left_ -= fresh;
    const int numbers = (held + fresh) / 2;
    decide(words, numbers, limit, kept);
    held = (held + fresh) % 2;
    words[0] = words[2 * numbers];
    kept += numbers;
    count -= numbers;
  }
  engine.set_data(pod);
  generator->set_engine(engine);
}

bool ck::draws_own_masks(at::ScalarType type) {
  if (type != at::kFloat) return false;
  switch (chosen()) {
    case Choice::plain: return false;
    case Choice::own: return !is_intel();
    case Choice::forced: return true;
  }
  return false;
}

at::Tensor ck::drawn_mask(at::IntArrayRef shape, const at::TensorOptions &options, double p) {
  if (!draws_own_masks(options.dtype().toScalarType()))
    return at::empty(shape, options).bernoulli_(1 - p).to(at::kByte);
  auto mask = at::empty(shape, options.dtype(at::kByte));
  draw(mask.mutable_data_ptr<uint8_t>(), mask.numel(), 1 - p);
  return mask;
}
