// A part of a graph that keeps its inputs alone, and is computed again for its gradients.
#include <ATen/autocast_mode.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "internal.hpp"

using namespace ct;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {
// What Swift computes; it is let go of with the last node that needs it.
struct Body : torch::CustomClassHolder {
  CTBody function;
  void *context;
  CTRelease release;
  int output_count;

  Body(CTBody function, void *context, CTRelease release, int output_count)
      : function(function), context(context), release(release), output_count(output_count) {}
  ~Body() override { release(context); }

  variable_list operator()(const variable_list &inputs) const {
    std::vector<CTTensor> given, found(output_count);
    // Swift owns what it is given.
    for (auto input : inputs) given.push_back(input.unsafeReleaseTensorImpl());
    function(context, given.data(), static_cast<int>(given.size()), found.data());
    variable_list outputs;
    for (const auto &output : found) outputs.push_back(T(output));
    function(context, nullptr, 0, nullptr);  // Swift lets go of its outputs.
    return outputs;
  }
};

// Lower types of the forward pass, which the backward pass would not have by itself.
struct Autocast {
  bool is_enabled = at::autocast::is_autocast_enabled(at::kCPU);
  bool is_enabled_on_gpu = at::autocast::is_autocast_enabled(at::kCUDA);

  void apply() const {
    at::autocast::set_autocast_enabled(at::kCPU, is_enabled);
    at::autocast::set_autocast_enabled(at::kCUDA, is_enabled_on_gpu);
  }
};

struct WithAutocast {
  Autocast before;
  explicit WithAutocast(const Autocast &wanted) { wanted.apply(); }
  ~WithAutocast() { before.apply(); }
};

struct Recomputation : Function<Recomputation> {
  static variable_list forward(AutogradContext *ctx, const c10::intrusive_ptr<Body> &body,
                               at::TensorList inputs) {
    const Autocast autocast;
    ctx->saved_data["body"] = c10::IValue::make_capsule(body);
    ctx->saved_data["autocast"] = autocast.is_enabled;
    ctx->saved_data["autocast_on_gpu"] = autocast.is_enabled_on_gpu;
    ctx->save_for_backward(inputs.vec());
    return (*body)(variable_list(inputs.begin(), inputs.end() - 1));
  }

  static variable_list backward(AutogradContext *ctx, const variable_list &gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto holder = ctx->saved_data["body"].toCapsule();
    variable_list inputs;
    for (const auto &input : saved)
      inputs.push_back(input.detach().requires_grad_(input.requires_grad()));
    variable_list roots, of_roots;
    {
      const c10::AutoGradMode with_graph(true);
      const WithAutocast autocast(Autocast{ctx->saved_data["autocast"].toBool(),
                                           ctx->saved_data["autocast_on_gpu"].toBool()});
      const auto outputs =
          static_cast<Body &>(*holder)(variable_list(inputs.begin(), inputs.end() - 1));
      for (size_t i = 0; i < outputs.size(); i++)
        if (outputs[i].requires_grad() && gradients[i].defined()) {
          roots.push_back(outputs[i]);
          of_roots.push_back(gradients[i]);
        }
    }
    if (!roots.empty()) torch::autograd::backward(roots, of_roots);
    variable_list result{at::Tensor()};  // of the body
    for (const auto &input : inputs) result.push_back(input.grad());
    return result;
  }
};
}  // namespace

int ct_recomputed(CTBody function, void *context, CTRelease release, const CTTensor *inputs, int n,
                  CTTensor *outputs, int m) {
  return run([&] {
    const auto body = c10::make_intrusive<Body>(function, context, release, m);
    const auto list = L(inputs, n);
    variable_list given(list.begin(), list.end());
    // Weights alone may need a gradient: then none of the inputs would make a node.
    given.push_back(at::zeros({}).requires_grad_(true));
    auto found = Recomputation::apply(body, at::TensorList(given));
    for (int i = 0; i < m; i++) outputs[i] = found[i].unsafeReleaseTensorImpl();
  });
}
