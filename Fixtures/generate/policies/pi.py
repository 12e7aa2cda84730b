"""What LeRobot's π₀ and π₀.₅ compute at tiny widths, in float64 and in float32 from a seed.

A float64 case holds a batch, noise and beta draws in call order, and LeRobot's answers: losses and gradient
norms of some AdamW steps, all gradients of the first, all trained parameters after them, and the actions for
a series of observations. Weights and pictures are filled by formulas that the Swift tests repeat; of most
answers only digests are stored. Beside its configuration stand the sizes, and which parts are frozen.

They need transformers 4.57 (README).
"""

import copy
import importlib
from contextlib import contextmanager
from dataclasses import dataclass, field

from generate.golden import Case
from generate.policies.tiny_paligemma import SIZES, change_transformers, shrink
from generate.policies.vision_language import ACTION, STATE, BaseSetup, Family, common_options, family_cases, in_float64

# A wide camera, a tall one whose borders are uneven, and one of the tower's size.
CAMERAS = {"wide": (18, 30), "tall": (41, 25), "square": (28, 28)}


@dataclass(frozen=True)
class Setup(BaseSetup):
    """A configuration of π₀ or π₀.₅ and what it would catch."""

    policy: str = "pi0"
    # Changes the sizes of a model.
    sizes: dict = field(default_factory=dict)
    frozen: str | None = None


SETUPS = [
    Setup(
        "pi0",
        "a wrong formula anywhere in the default network; a position that counts padding; fits and borders of"
        " pictures",
        cameras=("wide", "tall"), words=(5, 2),
    ),
    Setup(
        "pi0_narrow", "padded numbers in the loss; periods other than the configuration's; heads of keys",
        options={
            "max_state_dim": STATE, "max_action_dim": ACTION, "num_inference_steps": 7, "min_period": 0.01,
            "max_period": 2.0, "optimizer_weight_decay": 0.3,
        },
        sizes={"num_kv_heads": 2, "head_dim": 2}, clip=0.05, cameras=("square",),
    ),
    Setup(
        "pi0_empty_camera", "a camera without pictures that is looked at, or moves positions",
        options={"empty_cameras": 2, "num_inference_steps": 3}, words=(3, 1),
    ),
    Setup(
        "pi0_equal", "an expert of the other variant's sizes", options={"action_expert_variant": "gemma_2b"},
        words=(1, 4),
    ),
    Setup("pi0_expert_only", "a gradient that reaches the model", frozen="model", words=(2, 4)),
    Setup("pi0_frozen_tower", "a gradient that ends before the projection", frozen="tower", words=(4, 3)),
    Setup(
        "pi05", "a gate, shift or scale of a norm; a condition that is taken before its last silu",
        policy="pi05", cameras=("tall", "wide"), words=(5, 2),
    ),
    Setup(
        "pi05_narrow", "an action that sees earlier ones alone; decay of the norms' weights", policy="pi05",
        options={
            "max_action_dim": ACTION, "num_inference_steps": 3, "min_period": 0.01, "max_period": 2.0,
            "optimizer_weight_decay": 0.3,
        },
        sizes={"num_kv_heads": 4}, clip=0.05, cameras=("square",), time=(0.5, 0.2),
    ),
    Setup("pi05_expert_only", "a condition without gradient", policy="pi05", frozen="model", words=(1, 3)),
]  # fmt: skip


def module_of(policy: str):
    return importlib.import_module(f"lerobot.policies.{policy}.modeling_{policy}")


def config_of(setup: Setup):
    from lerobot.configs.types import NormalizationMode
    from lerobot.policies.factory import make_policy_config

    scale, offset = setup.time
    options = {
        "image_resolution": (28, 28), "time_sampling_scale": scale, "time_sampling_offset": offset,
        # The batches are normalised already.
        "normalization_mapping": {
            "VISUAL": NormalizationMode.IDENTITY, "STATE": NormalizationMode.MEAN_STD,
            "ACTION": NormalizationMode.MEAN_STD,
        },
    }  # fmt: skip
    return make_policy_config(setup.policy, **(common_options(setup, CAMERAS) | options | setup.options))


def policy_of(setup: Setup):
    """A new policy, its configuration, and what else the tests need to know of it."""
    change_transformers()
    sizes = copy.deepcopy(SIZES)
    for variant in ("gemma_2b", "gemma_300m"):
        sizes[variant] |= setup.sizes
    module = module_of(setup.policy)
    shrink(module, sizes)
    config = config_of(setup)
    policy_class = getattr(module, "PI0Policy" if setup.policy == "pi0" else "PI05Policy")
    policy = policy_class(config)
    frozen = {
        None: (), "model": ("model.paligemma_with_expert.paligemma.",),
        "tower": ("model.paligemma_with_expert.paligemma.model.vision_tower.",),
    }[setup.frozen]  # fmt: skip
    for name, parameter in policy.named_parameters():
        if name.startswith(frozen) and frozen:
            parameter.requires_grad = False
    return policy, config, {"sizes": sizes, "frozen": setup.frozen}


def weights_of(policy) -> dict:
    """Without what a state_dict names twice."""
    return {name: tensor for name, tensor in policy.state_dict().items() if "embed_tokens" not in name}


def named(tensors: dict) -> dict:
    """Without the expert's head, which nothing trains; the table of tokens is saved as the head's weights."""
    return {
        name.replace("model.language_model.embed_tokens", "lm_head"): tensor
        for name, tensor in tensors.items()
        if "gemma_expert.lm_head" not in name
    }


@contextmanager
def widened(policy):
    """The policy in float64, also the time of a step and the frequencies of rotary positions."""
    import torch
    from transformers.models.gemma import modeling_gemma
    from transformers.models.paligemma import modeling_paligemma
    from transformers.models.siglip import modeling_siglip

    step = policy.model.denoise_step
    policy.model.denoise_step = lambda **inputs: step(**inputs | {"timestep": inputs["timestep"].double()})
    with in_float64(policy, [module_of(policy.name), modeling_gemma, modeling_paligemma, modeling_siglip]):
        for part in policy.modules():
            if hasattr(part, "inv_freq"):
                width = 2 * part.inv_freq.numel()
                part.inv_freq = 10000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
        yield


SEEDED = [
    Setup(
        "pi0_seeded",
        "initial weights, noise or times drawn in another order or shape than LeRobot's; layers that are drawn"
        " again in another order, or not at all",
        cameras=("wide", "square"), words=(4, 2),
    ),
    Setup("pi05_seeded", "a condition's weights that are not drawn again", policy="pi05"),
]  # fmt: skip


def cases() -> list[Case]:
    family = Family(
        folder="pi", seed=41, cameras=CAMERAS, vocabulary=SIZES["vocab_size"], padding=0, policy_of=policy_of,
        widened=widened, weights_of=weights_of, named=named,
    )  # fmt: skip
    return family_cases(family, SETUPS, SEEDED)
