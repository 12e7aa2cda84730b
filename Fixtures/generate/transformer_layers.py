"""Layers of vision-language-action policies in float64, as transformers and LeRobot compute them."""

from pathlib import Path

from generate.golden import Case
from generate.layers import SEED, record


class Wide:
    """torch with float64 wherever a module asks for float32."""

    def __getattr__(self, name: str):
        import torch

        return torch.float64 if name == "float32" else getattr(torch, name)


def decoder_layer():
    """A layer of Llama over two samples of four tokens, one of them padded, by LeRobot's own attention."""
    import torch
    from lerobot.policies.smolvla import smolvlm_with_expert
    from transformers.models.llama import modeling_llama

    smolvlm_with_expert.torch = modeling_llama.torch = Wide()
    config = modeling_llama.LlamaConfig(
        hidden_size=6, intermediate_size=10, num_attention_heads=4, num_key_value_heads=2, head_dim=4, rms_norm_eps=1e-5
    )
    mask = torch.ones(4, 4, dtype=torch.bool).tril().repeat(2, 1, 1)
    mask[1, :, 3] = mask[1, 3, :] = False
    positions = torch.tensor([[0, 1, 2, 3], [0, 1, 2, 2]])

    class Heads:
        num_attention_heads, num_key_value_heads = 4, 2

    class Layer(modeling_llama.LlamaDecoderLayer):
        def forward(self, x):
            normed = self.input_layernorm(x)
            q, k, v = (
                projection(normed).view(2, 4, -1, 4)
                for projection in (self.self_attn.q_proj, self.self_attn.k_proj, self.self_attn.v_proj)
            )
            q, k = (smolvlm_with_expert.apply_rope(heads, positions) for heads in (q, k))
            attend = smolvlm_with_expert.SmolVLMWithExpertModel.eager_attention_forward
            h = x + self.self_attn.o_proj(attend(Heads, mask, 2, 4, q, k, v))
            return h + self.mlp(self.post_attention_layernorm(h))

    return Layer(config, 0)


def vision_transformer():
    """SmolVLM's tower over pictures of 3 × 3 patches, numbered in order."""
    from transformers.models.smolvlm import modeling_smolvlm

    modeling_smolvlm.torch = Wide()
    config = modeling_smolvlm.SmolVLMVisionConfig(
        hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2, image_size=6, patch_size=2
    )
    config._attn_implementation = "eager"

    class Tower(modeling_smolvlm.SmolVLMVisionTransformer):
        def forward(self, pictures):
            patches = self.embeddings.patch_embedding(pictures).flatten(2).transpose(1, 2)
            x = patches + self.embeddings.position_embedding.weight
            return self.post_layernorm(self.encoder(inputs_embeds=x).last_hidden_state)

    return Tower(config)


def make(root: Path) -> None:
    layers = {"decoder_layer": (decoder_layer(), [2, 4, 6]), "vision_transformer": (vision_transformer(), [2, 3, 6, 6])}
    record(layers, root / "layers/transformers.safetensors", {"decoder_layer": (1, 3)})


def cases() -> list[Case]:
    return [
        Case(
            name="layers/transformers",
            files=["layers/transformers.safetensors"],
            seed=SEED,
            tolerance=1e-12,
            catches="a key head that serves other queries; positions on another half; a mask that lets padding in;"
            " a norm before the wrong half; patches in another order",
            make=make,
        )
    ]
