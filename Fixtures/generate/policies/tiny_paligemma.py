"""What π₀ and π₀.₅ need of transformers 4.53 to run at all, and at widths of some numbers.

LeRobot asks for a branch, `fix/lerobot_openpi`, whose changes stand here: norms with a condition, gated
residuals, embeddings and pictures that nobody divides or multiplies by √D, and a cache that is read only.
"""

import importlib
import json
import sys
import types
from pathlib import Path

SIZES = {
    "gemma_2b": {"width": 16, "depth": 2, "mlp_dim": 20, "num_heads": 8, "num_kv_heads": 1, "head_dim": 4},
    "gemma_300m": {"width": 12, "depth": 2, "mlp_dim": 14, "num_heads": 8, "num_kv_heads": 1, "head_dim": 4},
    "vocab_size": 30,
    "vision": {
        "hidden_size": 12, "intermediate_size": 14, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 28, "patch_size": 14,
    },
}  # fmt: skip


def change_transformers() -> None:
    """Makes the branch's changes, once."""
    from transformers.models.gemma import modeling_gemma as gemma
    from transformers.models.paligemma import modeling_paligemma as paligemma
    from transformers.models.siglip import modeling_siglip as siglip

    if hasattr(gemma, "_gated_residual"):
        return
    change_norms(gemma)
    change_model(gemma)
    gemma._gated_residual = add

    def picture_features(self, pixel_values):
        return self.multi_modal_projector(self.vision_tower(pixel_values).last_hidden_state)

    paligemma.PaliGemmaModel.get_image_features = picture_features
    encode = siglip.SiglipEncoder.forward

    def encode_in_own_type(self, inputs_embeds, *rest, **named):
        return encode(self, inputs_embeds.to(self.layers[0].mlp.fc1.weight.dtype), *rest, **named)

    siglip.SiglipEncoder.forward = encode_in_own_type
    installed = types.ModuleType("transformers.models.siglip.check")
    installed.check_whether_transformers_replace_is_installed_correctly = lambda: True
    sys.modules[installed.__name__] = siglip.check = installed
    sys.modules["transformers.models.siglip"].check = installed


def prepare(sizes: Path, tokenizer: Path) -> None:
    """Lets LeRobot's programs train π₀ and π₀.₅ of the sizes in a file, with the tokenizer in a folder."""
    import transformers

    change_transformers()
    for policy in ("pi0", "pi05"):
        module = importlib.import_module(f"lerobot.policies.{policy}.modeling_{policy}")
        shrink(module, json.loads(sizes.read_text()))
    opened = transformers.AutoTokenizer.from_pretrained
    transformers.AutoTokenizer.from_pretrained = lambda name, **options: opened(
        tokenizer if name == "google/paligemma-3b-pt-224" else name, **options
    )


def add(x, y, gate):
    return x + (y if gate is None else y * gate)


def change_norms(gemma) -> None:
    import torch
    from torch import nn

    widths: list = []  # of the conditions of the models that are being built

    class Norm(nn.Module):
        def __init__(self, dim: int, eps: float = 1e-6):
            super().__init__()
            self.eps, self.dense = eps, None
            if widths and widths[-1]:
                self.dense = nn.Linear(widths[-1], 3 * dim)
                nn.init.zeros_(self.dense.weight)
            else:
                self.weight = nn.Parameter(torch.zeros(dim))

        def forward(self, x, cond=None):
            wide = x.float()  # float64 while a policy is widened
            unit = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
            if self.dense is None:
                return (unit * (1 + self.weight.float())).to(x.dtype), None
            scale, shift, gate = self.dense(cond).unsqueeze(1).chunk(3, dim=-1)
            return (unit * (1 + scale.float()) + shift.float()).to(x.dtype), gate.to(x.dtype)

    build = gemma.GemmaModel.__init__

    def __init__(self, config):
        config.use_adarms = getattr(config, "use_adarms", False)
        widths.append(config.adarms_cond_dim if config.use_adarms else None)
        build(self, config)
        widths.pop()

    def _init_weights(self, module):
        if isinstance(module, Norm) and module.dense is None:
            module.weight.data.fill_(1)
        if isinstance(module, nn.Linear | nn.Embedding):
            module.weight.data.normal_(0, self.config.initializer_range)
            if getattr(module, "bias", None) is not None:
                module.bias.data.zero_()
            if getattr(module, "padding_idx", None) is not None:
                module.weight.data[module.padding_idx].zero_()

    gemma.GemmaRMSNorm = Norm
    gemma.GemmaModel.__init__ = __init__
    gemma.GemmaPreTrainedModel._init_weights = _init_weights


def change_model(gemma) -> None:
    import torch

    def forward(
        self, inputs_embeds=None, attention_mask=None, position_ids=None, past_key_values=None, use_cache=None,
        adarms_cond=None,
    ):
        from transformers.modeling_outputs import BaseModelOutputWithPast

        x = inputs_embeds.to(self.layers[0].mlp.up_proj.weight.dtype)
        angles = self.rotary_emb(x, position_ids)
        kept = []
        for number, layer in enumerate(self.layers):
            y, gate = layer.input_layernorm(x, cond=adarms_cond)
            attention = layer.self_attn
            heads = [
                linear(y).unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)
                for linear in (attention.q_proj, attention.k_proj, attention.v_proj)
            ]
            query, key = gemma.apply_rotary_pos_emb(heads[0], heads[1], *angles)
            pair = (key, heads[2])
            if past_key_values is not None:
                pair = tuple(torch.cat(both, dim=2) for both in zip(past_key_values[number], pair, strict=True))
            kept.append(pair)
            seen, _ = gemma.eager_attention_forward(attention, query, *pair, attention_mask, attention.scaling)
            x = add(x, attention.o_proj(seen.flatten(2)), gate)
            y, gate = layer.post_attention_layernorm(x, cond=adarms_cond)
            x = add(x, layer.mlp(y), gate)
        x, _ = self.norm(x, cond=adarms_cond)
        return BaseModelOutputWithPast(last_hidden_state=x, past_key_values=kept if use_cache else None)

    gemma.GemmaModel.forward = forward


def shrink(module, sizes: dict) -> None:
    """Lets LeRobot's `modeling_pi0` or `modeling_pi05` build models of the given sizes."""
    from transformers import GemmaForCausalLM, PaliGemmaForConditionalGeneration

    def pali_gemma(config):
        config.text_config.vocab_size = config.image_token_index = config._vocab_size = sizes["vocab_size"]
        width = config.text_config.hidden_size
        config.hidden_size = config.projection_dim = config.vision_config.projection_dim = width
        for key, value in sizes["vision"].items():
            setattr(config.vision_config, key, value)
        return PaliGemmaForConditionalGeneration(config=config)

    def expert(config):
        config.vocab_size = sizes["vocab_size"]
        return GemmaForCausalLM(config=config)

    module.get_gemma_config = lambda variant: module.GemmaConfig(**sizes[variant])
    module.PaliGemmaForConditionalGeneration, module.GemmaForCausalLM = pali_gemma, expert
