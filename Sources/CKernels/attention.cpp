// Attention of several heads, one head of one sample at a time.
//
// Goal: to keep none of the [B·heads, Sq, Sk] numbers for the backward pass but the dropout's mask, as
// bytes. The weights of one head of one sample fit into the processor's cache, and computing them
// again costs one product.
//
// Of one head of one sample, q [Sq, d], k and v [Sk, d], scale s, forbidden keys F (0 or −∞, a row for
// every query), mask M (0 or 1), dropout p; ∘ is elementwise:
//
//   S = s·q·kᵀ + F      scores          [Sq, Sk]
//   P = softmax(S)      of each row     [Sq, Sk]
//   D = P∘M / (1 − p)   after dropout   [Sq, Sk]
//   y = D·v                             [Sq, d]
//
// Backward, with g = ∂L/∂y and ∂X for ∂L/∂X:
//
//   y = D·v gives       ∂v = Dᵀ·g   and   ∂D = g·vᵀ
//   dropout gives       ∂P = ∂D∘M / (1 − p)
//   softmax gives       ∂S = P∘(∂P − Σ_row P∘∂P), because ∂Pᵢ/∂Sⱼ = Pᵢ(δᵢⱼ − Pⱼ)
//   S = s·q·kᵀ gives    ∂q = s·∂S·k   and   ∂k = s·∂Sᵀ·q
//
// So three tiles [Sq, Sk] are enough for a thread: P, D, and ∂D, which becomes ∂P and then ∂S in place.
#include <ATen/Dispatch.h>
#include <ATen/ops/_softmax.h>
#include <ATen/ops/_softmax_backward_data.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace ck;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
// q [Sq, B, D], k and v [Sk, B, D], as one matrix [S, d] for each sample and head.
struct Heads {
  at::Tensor q, k, v;
  at::Tensor forbidden;  // [B, Sk], 0 or −∞, or undefined
  at::Tensor kept;       // [B·heads, Sq, Sk], bytes, or undefined
  int64_t count;
  double scale, p;

  static at::Tensor split(const at::Tensor &x, int64_t count) {
    return x.detach().contiguous().view({x.size(0), x.size(1) * count, -1});
  }
  at::Tensor tile() const { return at::empty({q.size(0), k.size(0)}, q.options()); }

  // The weights of one pair of sample and head before dropout, [Sq, Sk].
  void weigh(int64_t pair, at::Tensor &weights) const {
    if (forbidden.defined()) weights.copy_(forbidden.select(0, pair / count));
    weights.addmm_(q.select(1, pair), k.select(1, pair).t(), forbidden.defined() ? 1 : 0, scale);
    at::_softmax_out(weights, weights, -1, /*half_to_float=*/false);
  }

  // Dropout of one pair's numbers, in place.
  void drop(int64_t pair, at::Tensor &numbers) const {
    if (!kept.defined()) return;
    const auto *mask = kept.const_data_ptr<uint8_t>() + pair * numbers.numel();
    AT_DISPATCH_FLOATING_TYPES(numbers.scalar_type(), "attention", [&] {
      auto *x = numbers.mutable_data_ptr<scalar_t>();
      const scalar_t factor = 1 / scalar_t(1 - p);
      for (int64_t i = 0; i < numbers.numel(); i++) x[i] *= scalar_t(mask[i]) * factor;
    });
  }
};

// Calls f for every pair of sample and head; each thread has `count` tiles of its own.
template <class F>
void over_pairs(const Heads &heads, int count, const F &f) {
  in_parallel(heads.q.size(1), [&](int64_t begin, int64_t end) {
    at::AutoDispatchBelowADInplaceOrView guard;
    std::vector<at::Tensor> tiles;
    for (int i = 0; i < count; i++) tiles.push_back(heads.tile());
    for (int64_t pair = begin; pair < end; pair++) f(pair, tiles);
  });
}

struct Attention : torch::autograd::Function<Attention> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &q, const at::Tensor &k,
                            const at::Tensor &v, const std::optional<at::Tensor> &forbidden,
                            const std::optional<at::Tensor> &kept, int64_t count, double scale,
                            double p) {
    const Heads heads{Heads::split(q, count), Heads::split(k, count), Heads::split(v, count),
                      forbidden.value_or(at::Tensor()), kept.value_or(at::Tensor()), count, scale, p};
    count_run(Kernel::attention);
    auto y = at::empty(q.sizes(), q.options());
    const auto results = Heads::split(y, count);
    over_pairs(heads, 1, [&](int64_t pair, std::vector<at::Tensor> &tiles) {
      heads.weigh(pair, tiles[0]);
      heads.drop(pair, tiles[0]);
      results.select(1, pair).addmm_(tiles[0], heads.v.select(1, pair), 0);
    });
    context->save_for_backward({q, k, v, heads.forbidden, heads.kept});
    context->saved_data["count"] = count;
    context->saved_data["scale"] = scale;
    context->saved_data["p"] = p;
    return y;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const int64_t count = context->saved_data["count"].toInt();
    const double scale = context->saved_data["scale"].toDouble();
    const Heads heads{Heads::split(saved[0], count), Heads::split(saved[1], count),
                      Heads::split(saved[2], count), saved[3], saved[4], count, scale,
                      context->saved_data["p"].toDouble()};
    const auto g = Heads::split(gradients[0], count);
    auto dq = at::empty_like(heads.q), dk = at::empty_like(heads.k), dv = at::empty_like(heads.v);
    over_pairs(heads, 3, [&](int64_t pair, std::vector<at::Tensor> &tiles) {
      auto &weights = tiles[0], &dropped = tiles[1], &slopes = tiles[2];
      const auto gradient = g.select(1, pair);
      heads.weigh(pair, weights);  // P
      dropped.copy_(weights);
      heads.drop(pair, dropped);  // D
      dv.select(1, pair).addmm_(dropped.t(), gradient, 0);
      slopes.addmm_(gradient, heads.v.select(1, pair).t(), 0);  // ∂D
      heads.drop(pair, slopes);                                 // ∂P
      at::_softmax_backward_data_out(slopes, slopes, weights, -1, weights.scalar_type());  // ∂S
      dq.select(1, pair).addmm_(slopes, heads.k.select(1, pair), 0, scale);
      dk.select(1, pair).addmm_(slopes.t(), heads.q.select(1, pair), 0, scale);
    });
    const at::Tensor no;
    return {dq.view(saved[0].sizes()), dk.view(saved[1].sizes()), dv.view(saved[2].sizes()),
            no, no, no, no, no};
  }
};
}  // namespace

bool ck::suits_attention(const at::Tensor &q, double p) { return may_replace(q) && p < 1; }

at::Tensor ck::attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                         const std::optional<at::Tensor> &forbidden,
                         const std::optional<at::Tensor> &kept, int64_t heads, double scale,
                         double p) {
  std::optional<at::Tensor> mask;
  if (kept) mask = kept->to(at::kByte).contiguous();
  else if (p > 0) mask = drawn_mask({q.size(1) * heads, q.size(0), k.size(0)}, q.options(), p);
  return Attention::apply(q, k, v, forbidden, mask, heads, scale, p);
}
