// Weight gradients that are kept as the factors of a product.
//
// The rows xₙ [I] that went through a weight W [O, I] gave yₙ = W·xₙ. With gₙ = ∂L/∂yₙ the gradient of W
// is Σₙ gₙ·xₙᵀ = Gᵀ·X, of G [N, O] and X [N, I]. Where N is small, the two factors are much smaller than
// the gradient, and what an optimizer needs can be computed from them.
//
// The norm. With A = G·Gᵀ and B = X·Xᵀ, both [N, N] and symmetric,
//
//   ‖Gᵀ·X‖² = tr(Xᵀ·G·Gᵀ·X) = tr(A·B) = Σᵢⱼ Aᵢⱼ·Bᵢⱼ,
//
// which takes N²·(O + I) multiplications in place of N·O·I. The terms have both signs and almost cancel:
// behind a norm layer, for instance, the rows of G add up to 0. So A and B are computed in float64, and
// a result below 0, which rounding alone makes, is taken for 0.
//
// Scaling by c: (c·G)ᵀ·X. Adam: needs each element once, so the product is computed for some rows of W
// at a time, while they are in the processor's cache. Everyone else gets the whole product.
#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/variable.h>

#include "kernels.hpp"

using namespace ck;

namespace {
// Kept at the weight, in the place that libtorch has for what a backend adds to a tensor.
struct Factors : c10::BackendMeta {
  at::Tensor rows, columns;  // G [N, O], X [N, I]

  // Rows first..<first + count of the gradient, [count, I].
  at::Tensor part(int64_t first, int64_t count) const {
    return product(rows.narrow(1, first, count).t(), columns.t(), {});
  }
  // A tensor that shares the weight's elements has no gradient of its own.
  c10::intrusive_ptr<BackendMeta> clone(const c10::intrusive_ptr<BackendMeta> &) const override {
    return {};
  }
};

// nullptr where the weight has none, and where a backend of libtorch's uses the place.
Factors *factors_of(const at::Tensor &weight) {
  return dynamic_cast<Factors *>(weight.unsafeGetTensorImpl()->get_backend_meta());
}
void drop_factors(const at::Tensor &weight) {
  if (factors_of(weight)) weight.unsafeGetTensorImpl()->set_backend_meta({});
}
const Factors &existing_factors(const at::Tensor &weight) {
  const auto *factors = factors_of(weight);
  TORCH_CHECK(factors, "a weight of shape ", weight.sizes(), " has no gradient in factors");
  return *factors;
}

// libtorch calls the nodes of a graph on the CPU on the thread that asked for the backward pass, so the
// flag is this thread's. A graph on a GPU has threads of its own, whose flag is never set.
thread_local bool keeps_factors = false;

// Whether the factors are so much smaller that they are worth it.
bool are_worthwhile(int64_t n, int64_t o, int64_t i) {
  return chosen() == Choice::forced || (chosen() == Choice::own && 2 * n * (o + i) <= o * i);
}

// Whether somebody waits for the weight's gradient to arrive; factors would pass by the hooks.
bool has_hooks(const at::Tensor &weight) {
  return !torch::autograd::impl::hooks(weight).empty() ||
         torch::autograd::impl::post_acc_grad_hooks(weight) != nullptr;
}

// As much of a gradient as is computed at once, which stays in the cache.
constexpr int64_t bytes_at_once = 1 << 22;
}  // namespace

ck::KeepsFactors::KeepsFactors(bool keeps) noexcept : before(keeps_factors) { keeps_factors = keeps; }
ck::KeepsFactors::~KeepsFactors() { keeps_factors = before; }

bool ck::keep_factors(const at::Tensor &weight, const at::Tensor &rows, const at::Tensor &columns) {
  if (!keeps_factors || !weight.is_leaf() || has_hooks(weight)) return false;
  if (!are_worthwhile(rows.size(0), rows.size(1), columns.size(1))) return false;
  auto *impl = weight.unsafeGetTensorImpl();
  // A second gradient in the same pass is added to the first, and sums are whole.
  if (impl->get_backend_meta()) return false;
  auto factors = c10::make_intrusive<Factors>();
  factors->rows = rows;
  factors->columns = columns;
  impl->set_backend_meta(std::move(factors));
  count_run(Kernel::factors);
  return true;
}

bool ck::has_gradient(const at::Tensor &weight) {
  return weight.grad().defined() || factors_of(weight) != nullptr;
}

void ck::settle_gradient(const at::Tensor &weight) {
  c10::NoGradGuard guard;
  const auto *factors = factors_of(weight);
  if (!factors) return;
  const auto whole = factors->part(0, factors->rows.size(1)).view(weight.sizes());
  auto &gradient = weight.mutable_grad();
  gradient = gradient.defined() ? gradient + whole : whole;
  drop_factors(weight);
}

bool ck::is_factored(const at::Tensor &weight) {
  if (weight.grad().defined()) settle_gradient(weight);
  return factors_of(weight) != nullptr;
}

void ck::clear_gradient(const at::Tensor &weight) {
  weight.mutable_grad().reset();
  drop_factors(weight);
}

at::Tensor ck::factored_norm(const at::Tensor &weight) {
  const auto &factors = existing_factors(weight);
  const auto among_rows = [](const at::Tensor &x) {
    const auto wide = x.to(at::kDouble);
    return at::mm(wide, wide.t());
  };
  const auto square = (among_rows(factors.rows) * among_rows(factors.columns)).sum();
  return square.clamp_min(0).sqrt().to(weight.scalar_type());
}

at::Tensor ck::factored_scale(const at::Tensor &weight) { return existing_factors(weight).rows; }

void ck::over_factored(const at::Tensor &weight,
                       c10::function_ref<void(int64_t, int64_t, const at::Tensor &)> f) {
  const auto &factors = existing_factors(weight);
  const int64_t rows = weight.size(0), row_bytes = weight.nbytes() / rows;
  const int64_t at_once = std::max<int64_t>(1, bytes_at_once / row_bytes);
  for (int64_t first = 0; first < rows; first += at_once) {
    const int64_t count = std::min(at_once, rows - first);
    f(first, count, factors.part(first, count).view(weight.narrow(0, first, count).sizes()));
  }
}
