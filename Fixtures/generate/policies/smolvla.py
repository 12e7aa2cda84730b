"""What LeRobot's SmolVLA computes beside a tiny vision-language model, in float64 and in float32 from a seed.

A float64 case holds a batch, noise and beta draws in call order, and LeRobot's answers: losses and gradient
norms of some AdamW steps, all gradients of the first, all trained parameters after them, and the actions for
a series of observations. Weights and pictures are filled by formulas that the Swift tests repeat; of most
answers only digests are stored. Beside its configuration stand the model's config.json and the numbers of
two special tokens. Q-SMOLVLA-1 is mended.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from generate.golden import Case
from generate.policies.tiny_smolvlm import SIDE, SPECIAL, WORDS, config_json, place_patches, write_model
from generate.policies.vision_language import ACTION, STATE, BaseSetup, Family, common_options, family_cases, in_float64

# A wide camera, a tall one that is not taken whole, and one of the tower's size.
CAMERAS = {"wide": (18, 30), "tall": (41, 24), "square": (SIDE, SIDE)}
OF_EVERYTHING = {"train_expert_only": False, "freeze_vision_encoder": False}


@dataclass(frozen=True)
class Setup(BaseSetup):
    """A configuration of SmolVLA and what it would catch."""

    # Changes the model's text_config.
    text: dict = field(default_factory=dict)


SETUPS = [
    Setup(
        "cross",
        "a wrong formula anywhere in the default network; rotary positions that do not begin at 0 in cross"
        " attention; texts of several lengths; fits of pictures",
        OF_EVERYTHING | {"num_vlm_layers": 4}, cameras=("wide", "tall"), words=(5, 2),
    ),
    Setup(
        "self_attention", "action tokens that see later ones; a position that counts padding",
        OF_EVERYTHING | {"attention_mode": "self_attn"}, words=(2, 4),
    ),
    Setup(
        "special_tokens",
        "a frame of tokens that is scaled, or in another order; padding of the prefix that is looked at; time in"
        " other steps",
        {
            "add_image_special_tokens": True, "prefix_length": 20, "num_steps": 3, "train_expert_only": False,
            "freeze_vision_encoder": True,
        },
        cameras=("tall", "wide"),
    ),
    Setup(
        "few_experts", "an expert's layer beside the wrong one of the model",
        {"num_vlm_layers": 4, "num_expert_layers": 2, "self_attn_every_n_layers": -1},
    ),
    Setup(
        "expert_only", "a gradient that stops before the state; a norm over frozen gradients; a decay left out",
        {"num_vlm_layers": 3, "optimizer_weight_decay": 0.3}, clip=0.05,
    ),
    Setup(
        "frozen_state", "a state projection that is trained all the same",
        {"train_state_proj": False}, cameras=("square",),
    ),
    Setup(
        "empty_camera", "a camera without pictures that is looked at, or moves positions",
        {"empty_cameras": 1}, words=(3, 1),
    ),
    Setup(
        "always_self", "projections of the model's keys where none are needed",
        {"self_attn_every_n_layers": 1}, words=(1, 4),
    ),
    Setup(
        "every_third", "an interval that is counted from 1",
        {"num_vlm_layers": 4, "self_attn_every_n_layers": 3}, words=(4, 3),
    ),
    Setup(
        "small_pictures", "places of patches that do not spread over the tower's",
        OF_EVERYTHING | {"resize_imgs_with_padding": (17, 23)}, cameras=("tall",),
    ),
    Setup(
        "narrow", "an expert's width that is rounded; periods other than the configuration's; a vector that fills"
        " its width",
        {
            "expert_width_multiplier": 0.4, "max_state_dim": STATE, "max_action_dim": ACTION, "num_steps": 7,
            "min_period": 0.01, "max_period": 2.0,
        },
        text={"num_key_value_heads": 4},
    ),
    Setup(
        "aloha", "joints that are not turned; a gripper's formula the other way round; actions that are learnt as"
        " they are taken",
        {"adapt_to_pi_aloha": True, "max_state_dim": 15, "max_action_dim": 16}, state=14, action=15,
    ),
]  # fmt: skip


def config_of(setup: Setup, folder: str):
    from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig

    options = {
        "resize_imgs_with_padding": (SIDE, SIDE), "num_vlm_layers": 2, "load_vlm_weights": False,
        "vlm_model_name": folder,
    }  # fmt: skip
    return SmolVLAConfig(**(common_options(setup, CAMERAS) | options | setup.options))


def policy_of(setup: Setup):
    """A new policy, its configuration, and what else the tests need to know of its model."""
    from lerobot.policies.smolvla.modeling_smolvla import SmolVLAPolicy
    from transformers.models.smolvlm import modeling_smolvlm

    modeling_smolvlm.SmolVLMVisionEmbeddings.forward = place_patches
    model = config_json(setup.text)
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder), model)
        config = config_of(setup, folder)
        policy = SmolVLAPolicy(config)
    # The folder is gone, and its name differs from run to run.
    config.vlm_model_name = "tiny/smolvlm"
    tokens = {"fake_token": policy.model.fake_image_token, "global_token": policy.model.global_image_token}
    assert tokens == {"fake_token": len(WORDS) + SPECIAL.index("<fake_token_around_image>"), "global_token": len(WORDS)}
    return policy, config, {"model": model} | tokens


def widened(policy):
    """The policy in float64."""
    from lerobot.policies.smolvla import modeling_smolvla, smolvlm_with_expert
    from transformers.models.llama import modeling_llama
    from transformers.models.smolvlm import modeling_smolvlm

    return in_float64(policy, [modeling_smolvla, smolvlm_with_expert, modeling_llama, modeling_smolvlm])


SEEDED = [
    Setup(
        "seeded",
        "initial weights, noise or times drawn in another order or shape than LeRobot's; layers that are drawn"
        " again in another order, or not at all",
        OF_EVERYTHING | {"num_vlm_layers": 2}, cameras=("wide", "square"), words=(4, 2),
    ),
    Setup(
        "seeded_few_experts", "projections drawn for layers that have none; as many layers drawn as are kept",
        {"num_vlm_layers": 3, "num_expert_layers": 1, "self_attn_every_n_layers": -1},
    ),
]  # fmt: skip


def cases() -> list[Case]:
    family = Family(
        folder="smolvla", seed=37, cameras=CAMERAS, vocabulary=len(WORDS), padding=2, policy_of=policy_of,
        widened=widened, weights_of=lambda policy: policy.state_dict(), named=dict,
    )  # fmt: skip
    return family_cases(family, SETUPS, SEEDED)
