// Gradients: how they are computed, their norm, and what is done with them.
//
// A weight's gradient may be kept as the factors of a product (CKernels/factors.cpp). `ct_gradient`
// multiplies them.
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

#include "internal.hpp"

using namespace ct;

int ct_backward(CTTensor t, bool may_keep_factors) {
  return run([&] {
    const ck::KeepsFactors keeps(may_keep_factors);
    T(t).backward();
  });
}
bool ct_has_gradient(CTTensor t) { return ck::has_gradient(T(t)); }
int ct_gradient(CTTensor t, CTTensor *gradient) {
  return run([&] {
    ck::settle_gradient(T(t));
    at::Tensor found = T(t).grad();
    *gradient = found.defined() ? found.unsafeReleaseTensorImpl() : nullptr;
  });
}
int ct_clear_gradient(CTTensor t) {
  return run([&] { ck::clear_gradient(T(t)); });
}

// The arithmetic of torch.nn.utils.clip_grad_norm_: the norm of the tensors' norms.
CTTensor ct_gradient_norm(const CTTensor *weights, int n) {
  c10::NoGradGuard guard;
  return make([&] {
    std::vector<at::Tensor> whole, norms;
    for (const auto &weight : L(weights, n))
      if (!ck::is_factored(weight)) whole.push_back(weight.grad());
    auto next = whole.empty() ? whole : at::_foreach_norm(whole, 2);
    auto norm_of_whole = next.begin();
    for (const auto &weight : L(weights, n))
      norms.push_back(ck::is_factored(weight) ? ck::factored_norm(weight) : *norm_of_whole++);
    return at::linalg_vector_norm(at::stack(norms), 2);
  });
}
int ct_scale_gradients_(const CTTensor *weights, int n, CTTensor factor) {
  c10::NoGradGuard guard;
  return run([&] {
    std::vector<at::Tensor> scaled;
    for (const auto &weight : L(weights, n))
      scaled.push_back(ck::is_factored(weight) ? ck::factored_scale(weight) : weight.grad());
    at::_foreach_mul_(scaled, T(factor));
  });
}

// ---- Adam

namespace {
// Whether two tensors of one shape lie in memory in the same order.
bool lie_alike(const at::Tensor &a, const at::Tensor &b) {
  for (int64_t axis = 0; axis < a.dim(); axis++)
    if (a.size(axis) > 1 && a.stride(axis) != b.stride(axis)) return false;
  return true;
}

bool has_half_width(const at::Tensor &x) {
  return x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf;
}

struct Adam {
  const double *options;  // η, β₁, β₂, ε, λ
  bool decays_apart;
  std::vector<at::Tensor> parameters, gradients, m, v, steps;
  at::Tensor step_number;
  double last_step = 0;

  void add(const at::Tensor &p, const at::Tensor &g, const at::Tensor &m1, const at::Tensor &m2,
           double step) {
    parameters.push_back(p);
    // The moments have the parameter's order of memory. A gradient in another order is copied into
    // it, because the kernel runs over plain memory.
    gradients.push_back(lie_alike(g, p) ? g : at::empty_like(p).copy_(g));
    m.push_back(m1);
    v.push_back(m2);
    // One tensor for all parameters at one step: on a GPU each would take a kernel of its own.
    if (steps.empty() || last_step != step)
      step_number = at::full({}, step, p.options().dtype(at::kFloat));
    last_step = step;
    steps.push_back(step_number);
  }

  void update() {
    using Kernel = void (*)(at::TensorList, at::TensorList, at::TensorList, at::TensorList,
                            at::TensorList, at::TensorList, double, double, double, double, double,
                            bool, bool, const std::optional<at::Tensor> &,
                            const std::optional<at::Tensor> &);
    const auto kernel = decays_apart ? static_cast<Kernel>(at::_fused_adamw_)
                                     : static_cast<Kernel>(at::_fused_adam_);
    if (!parameters.empty())
      kernel(parameters, gradients, m, v, {}, steps, options[0], options[1], options[2], options[4],
             options[3], /*amsgrad=*/false, /*maximize=*/false, {}, {});
    *this = {options, decays_apart};
  }

  // torch's plain loop (optim/adam.py, _single_tensor_adam), which rounds after every operation: of numbers
  // of 8 bits that is most of what is left of a step, and LeRobot's losses come out of it.
  void update_narrow(const at::Tensor &p, at::Tensor g, const at::Tensor &m1, const at::Tensor &m2,
                     double step) const {
    const double rate = options[0], beta1 = options[1], beta2 = options[2];
    if (ck::narrow_adam(p, g, m1, m2, step,
                        {rate, beta1, beta2, options[3], options[4], decays_apart}))
      return;
    if (decays_apart)
      p.mul_(1 - rate * options[4]);
    else if (options[4] != 0)
      g = g.add(p, options[4]);
    m1.lerp_(g, 1 - beta1);
    m2.mul_(beta2).addcmul_(g, g, 1 - beta2);
    const auto root = (m2.sqrt() / std::sqrt(1 - std::pow(beta2, step))).add_(options[3]);
    p.addcdiv_(m1, root, -rate / (1 - std::pow(beta1, step)));
  }

  // The same from a gradient in factors, a part at a time.
  void update_factored(const at::Tensor &p, const at::Tensor &m1, const at::Tensor &m2,
                       double step) {
    ck::over_factored(p, [&](int64_t first, int64_t count, const at::Tensor &g) {
      const auto part = [=](const at::Tensor &x) { return x.narrow(0, first, count); };
      add(part(p), g, part(m1), part(m2), step);
      update();
    });
  }
};
}  // namespace

int ct_fused_adam_(const CTTensor *parameters, const CTTensor *m, const CTTensor *v,
                   const double *steps, int n, const double *options, bool decays_apart) {
  c10::NoGradGuard guard;
  return run([&] {
    Adam adam{options, decays_apart};
    const auto ps = L(parameters, n), m1 = L(m, n), m2 = L(v, n);
    for (int i = 0; i < n; i++)
      if (has_half_width(ps[i])) adam.update_narrow(ps[i], ps[i].grad(), m1[i], m2[i], steps[i]);
    // The kernel takes parameters of one type at a time.
    for (const auto type : {at::kFloat, at::kDouble}) {
      for (int i = 0; i < n; i++)
        if (ps[i].scalar_type() == type && !ck::is_factored(ps[i]))
          adam.add(ps[i], ps[i].grad(), m1[i], m2[i], steps[i]);
      adam.update();
    }
    for (int i = 0; i < n; i++)
      if (ck::is_factored(ps[i])) adam.update_factored(ps[i], m1[i], m2[i], steps[i]);
    // The kernel writes, and leaves libtorch's count of writes as it was.
    for (const auto list : {ps, m1, m2})
      for (const auto &tensor : list) tensor.unsafeGetTensorImpl()->bump_version();
  });
}
