// Gradients: how they come, their norm, what is done with them.
//
// The gradient of a weight [O, I] that N rows went through is a product, Gᵀ·X of G [N, O] and
// X [N, I]. Where N is small, the factors are much smaller than the gradient. After
// `ct_backward(…, keeps_factors)` a weight may hold them instead of the product: the norm needs
// nothing else, because ‖Gᵀ·X‖² = Σ (G·Gᵀ)∘(X·Xᵀ); to scale the gradient is to scale G; and Adam
// computes the product some rows at a time, while they are in the processor's cache. Whoever asks
// for the gradient itself gets it.
#include <torch/csrc/autograd/variable.h>

#include "internal.hpp"

using namespace ct;

namespace {
struct Factors : c10::BackendMeta {
  at::Tensor rows, columns;  // G [N, O], X [N, I]

  at::Tensor product(int64_t first, int64_t count) const {
    return ct::product(rows.narrow(1, first, count).t(), columns.t(), {});
  }
  // In float64, because what is added up all but cancels: behind a norm, the rows of G add up to 0.
  at::Tensor norm() const {
    const auto among_rows = [](const at::Tensor &x) {
      const auto wide = x.to(at::kDouble);
      return at::mm(wide, wide.t());
    };
    return (among_rows(rows) * among_rows(columns)).sum().clamp_min(0).sqrt();
  }
  // A tensor that shares the weight's elements has no gradient of its own.
  c10::intrusive_ptr<BackendMeta> clone(const c10::intrusive_ptr<BackendMeta> &) const override {
    return {};
  }
};

Factors *factors_of(const at::Tensor &weight) {
  return static_cast<Factors *>(weight.unsafeGetTensorImpl()->get_backend_meta());
}
void drop_factors(const at::Tensor &weight) {
  if (factors_of(weight)) weight.unsafeGetTensorImpl()->set_backend_meta({});
}

// Brings a gradient that came in factors into the form of all others.
void settle(const at::Tensor &weight) {
  NoGradients guard;
  const auto *factors = factors_of(weight);
  if (!factors) return;
  const auto whole = factors->product(0, factors->rows.size(1)).view(weight.sizes());
  auto &gradient = weight.mutable_grad();
  gradient = gradient.defined() ? gradient + whole : whole;
  drop_factors(weight);
}

// Whether the gradient is in factors alone.
bool is_factored(const at::Tensor &weight) {
  if (weight.grad().defined()) settle(weight);
  return factors_of(weight) != nullptr;
}

// Of this thread while it is in `ct_backward`, on which nodes of a graph on the CPU are called; those
// of a graph on a GPU, which has threads of its own, keep no factors.
thread_local bool keeps_factors;
}  // namespace

bool ct::keep_factors(const at::Tensor &weight, const at::Tensor &rows, const at::Tensor &columns) {
  const int64_t n = rows.size(0), o = rows.size(1), i = columns.size(1);
  if (!keeps_factors || !weight.is_leaf() || 2 * n * (o + i) > o * i) return false;
  if (factors_of(weight)) return false;
  auto factors = c10::make_intrusive<Factors>();
  factors->rows = rows;
  factors->columns = columns;
  weight.unsafeGetTensorImpl()->set_backend_meta(std::move(factors));
  count_run(CT_FACTORS);
  return true;
}

int ct_backward(CTTensor t, bool may_keep_factors) {
  keeps_factors = may_keep_factors;
  const int status = run([&] { T(t).backward(); });
  keeps_factors = false;
  return status;
}
bool ct_has_gradient(CTTensor t) { return T(t).grad().defined() || factors_of(T(t)); }
int ct_gradient(CTTensor t, CTTensor *gradient) {
  return run([&] {
    settle(T(t));
    at::Tensor found = T(t).grad();
    *gradient = found.defined() ? found.unsafeReleaseTensorImpl() : nullptr;
  });
}
int ct_clear_gradient(CTTensor t) {
  return run([&] {
    T(t).mutable_grad().reset();
    drop_factors(T(t));
  });
}

// The arithmetic of torch.nn.utils.clip_grad_norm_: the norm of the tensors' norms.
CTTensor ct_gradient_norm(const CTTensor *weights, int n) {
  NoGradients guard;
  return make([&] {
    std::vector<at::Tensor> whole, norms;
    for (const auto &weight : L(weights, n))
      if (!is_factored(weight)) whole.push_back(weight.grad());
    auto next = whole.empty() ? whole : at::_foreach_norm(whole, 2);
    auto norm_of_whole = next.begin();
    for (const auto &weight : L(weights, n)) {
      const auto *factors = factors_of(weight);
      norms.push_back(factors ? factors->norm().to(weight.scalar_type()) : *norm_of_whole++);
    }
    return at::linalg_vector_norm(at::stack(norms), 2);
  });
}
int ct_scale_gradients_(const CTTensor *weights, int n, CTTensor factor) {
  NoGradients guard;
  return run([&] {
    std::vector<at::Tensor> scaled;
    for (const auto &weight : L(weights, n))
      scaled.push_back(is_factored(weight) ? factors_of(weight)->rows : weight.grad());
    at::_foreach_mul_(scaled, T(factor));
  });
}

// ---- Adam

namespace {
// So much of a gradient is computed at once from its factors: what stays in the cache.
constexpr int64_t bytes_at_once = 1 << 22;

// Whether two tensors of one shape lie in memory in the same order.
bool lie_alike(const at::Tensor &a, const at::Tensor &b) {
  for (int64_t axis = 0; axis < a.dim(); axis++)
    if (a.size(axis) > 1 && a.stride(axis) != b.stride(axis)) return false;
  return true;
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
    // The moments are made like the parameter, in the same order of memory; a gradient that has
    // another is brought into it, because the kernels run over plain memory.
    gradients.push_back(lie_alike(g, p) ? g : at::empty_like(p).copy_(g));
    m.push_back(m1);
    v.push_back(m2);
    // One number for all where all are at one step: on a GPU each would be a kernel of its own.
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

  void update(const at::Tensor &p, const Factors &factors, const at::Tensor &m1,
              const at::Tensor &m2, double step) {
    const int64_t rows = p.size(0), row_bytes = p.nbytes() / rows;
    const int64_t at_once = std::max<int64_t>(1, bytes_at_once / row_bytes);
    for (int64_t first = 0; first < rows; first += at_once) {
      const int64_t count = std::min(at_once, rows - first);
      const auto part = [=](const at::Tensor &x) { return x.narrow(0, first, count); };
      const auto theta = part(p);
      add(theta, factors.product(first, count).view(theta.sizes()), part(m1), part(m2), step);
      update();
    }
  }
};
}  // namespace

int ct_fused_adam_(const CTTensor *parameters, const CTTensor *m, const CTTensor *v,
                   const double *steps, int n, const double *options, bool decays_apart) {
  NoGradients guard;
  return run([&] {
    Adam adam{options, decays_apart};
    const auto ps = L(parameters, n), m1 = L(m, n), m2 = L(v, n);
    for (int i = 0; i < n; i++)
      if (!is_factored(ps[i])) adam.add(ps[i], ps[i].grad(), m1[i], m2[i], steps[i]);
    adam.update();
    for (int i = 0; i < n; i++)
      if (is_factored(ps[i])) adam.update(ps[i], *factors_of(ps[i]), m1[i], m2[i], steps[i]);
  });
}
