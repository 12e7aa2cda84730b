// Attention of bfloat16 in float32, where the processor has no instructions that multiply bfloat16.
#include <ATen/ops/scaled_dot_product_attention.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels.hpp"

using namespace ck;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
at::Tensor wide(const at::Tensor &x) { return x.detach().to(at::kFloat); }

// Of wide tensors, and a bias that is still narrow or undefined.
at::Tensor attended(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                    const at::Tensor &bias) {
  const auto wide_bias = bias.defined() ? std::optional(wide(bias)) : std::nullopt;
  return at::scaled_dot_product_attention(q, k, v, wide_bias, /*dropout_p=*/0, /*is_causal=*/false,
                                          /*scale=*/std::nullopt, /*enable_gqa=*/true);
}

// Keeps its narrow inputs alone, and computes the rest again for their gradients.
struct WideAttention : torch::autograd::Function<WideAttention> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &q, const at::Tensor &k,
                            const at::Tensor &v, const std::optional<at::Tensor> &bias) {
    count_run(Kernel::attention);
    context->save_for_backward({q, k, v, bias.value_or(at::Tensor())});
    return attended(wide(q), wide(k), wide(v), bias.value_or(at::Tensor())).to(q.scalar_type());
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    variable_list inputs, wanted;
    for (size_t number = 0; number < 3; ++number) {
      inputs.push_back(wide(saved[number]).requires_grad_(context->needs_input_grad(number)));
      if (context->needs_input_grad(number)) wanted.push_back(inputs.back());
    }
    at::AutoGradMode recording(true);
    const auto output = attended(inputs[0], inputs[1], inputs[2], saved[3]);
    const auto found = torch::autograd::grad({output}, wanted, {wide(gradients[0])});
    // An absent bias has no number among the inputs.
    variable_list result(4);
    for (size_t number = 0, next = 0; number < 3; ++number)
      if (context->needs_input_grad(number))
        result[number] = found[next++].to(saved[number].scalar_type());
    return result;
  }
};
}  // namespace

bool ck::suits_wide_attention(const at::Tensor &q) {
  return may_replace_any(q) && q.scalar_type() == at::kBFloat16 && q.numel() > 0 &&
         (chosen() == Choice::forced || !multiplies_bfloat16());
}

at::Tensor ck::wide_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                              const std::optional<at::Tensor> &bias) {
  return WideAttention::apply(q, k, v, bias);
}
