"""What LeRobot's π₀ and π₀.₅ compute at tiny widths, in float64 and in float32 from a seed.

A float64 case holds a batch, noise and beta draws in call order, and LeRobot's answers: losses and gradient
norms of some AdamW steps, all gradients of the first, all trained parameters after them, and the actions for
a series of observations. Weights and pictures are filled by formulas that the Swift tests repeat; of most
answers only digests are stored. Beside its configuration stand the sizes, and which parts are frozen.

They need transformers 4.53 (README).
"""

import copy
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generate.golden import Case
from generate.policies.formulas import fill, unit
from generate.policies.smolvla import observe, train
from generate.policies.storing import cases_of, stored, under, without_pictures, write
from generate.policies.tiny_paligemma import SIZES, change_transformers, shrink

SEED = 41
BATCH = 2
OBSERVATIONS = 3
STATE, ACTION, CHUNK = 3, 2, 4
# A wide camera, a tall one whose borders are uneven, and one of the tower's size.
CAMERAS = {"wide": (18, 30), "tall": (41, 25), "square": (28, 28)}


@dataclass(frozen=True)
class Setup:
    """A configuration and what it would catch."""

    name: str
    catches: str
    policy: str = "pi0"
    options: dict = field(default_factory=dict)
    cameras: tuple[str, ...] = ("wide",)
    # How many tokens of each text are words.
    words: tuple[int, int] = (4, 4)
    # Changes the sizes of a model.
    sizes: dict = field(default_factory=dict)
    frozen: str | None = None
    clip: float = 10
    steps: int = 2
    whole: bool = False


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
            "optimizer_weight_decay": 0.3, "time_sampling_scale": 0.5, "time_sampling_offset": 0.2,
        },
        sizes={"num_kv_heads": 4}, clip=0.05, cameras=("square",),
    ),
    Setup("pi05_expert_only", "a condition without gradient", policy="pi05", frozen="model", words=(1, 3)),
]  # fmt: skip


def module_of(policy: str):
    import importlib

    return importlib.import_module(f"lerobot.policies.{policy}.modeling_{policy}")


def config_of(setup: Setup):
    from lerobot.configs.types import FeatureType, NormalizationMode, PolicyFeature
    from lerobot.policies.factory import make_policy_config

    options = {
        "chunk_size": CHUNK, "n_action_steps": 2, "max_state_dim": 5, "max_action_dim": 4,
        "image_resolution": (28, 28), "optimizer_lr": 1e-3, "optimizer_grad_clip_norm": setup.clip,
        # The batches are normalised already.
        "normalization_mapping": {
            "VISUAL": NormalizationMode.IDENTITY, "STATE": NormalizationMode.MEAN_STD,
            "ACTION": NormalizationMode.MEAN_STD,
        },
    }  # fmt: skip
    pictures = {
        f"observation.images.{name}": PolicyFeature(FeatureType.VISUAL, (3, *CAMERAS[name])) for name in setup.cameras
    }
    config = make_policy_config(
        setup.policy, device="cpu", push_to_hub=False,
        input_features=pictures | {"observation.state": PolicyFeature(FeatureType.STATE, (STATE,))},
        output_features={"action": PolicyFeature(FeatureType.ACTION, (ACTION,))},
        **(options | setup.options),
    )  # fmt: skip
    return config


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


def our_name(name: str) -> str:
    """The table of tokens is saved as the head's weights."""
    return name.replace("model.language_model.embed_tokens", "lm_head")


def named(tensors) -> dict:
    """Without what a state_dict names twice, and without the expert's head, which nothing trains."""
    return {our_name(name): tensor for name, tensor in tensors if "gemma_expert.lm_head" not in name}


def observation_of(setup: Setup, moment: int, dtype, generator):
    import torch

    count = max(setup.words)
    words = torch.randint(3, SIZES["vocab_size"], (BATCH, count), generator=generator)
    is_word = torch.arange(count)[None, :] < torch.tensor(setup.words)[:, None]
    vectors = {
        "observation.state": torch.randn(BATCH, STATE, generator=generator, dtype=dtype),
        "observation.language.tokens": torch.where(is_word, words, 0),
        "observation.language.attention_mask": is_word,
    }
    pictures = {}
    for place, name in enumerate(setup.cameras):
        shape = torch.Size((BATCH, 3, *CAMERAS[name]))
        values = torch.from_numpy(unit(shape.numel(), 1000 + 10 * moment + place))
        pictures[f"observation.images.{name}"] = values.reshape(shape).to(dtype)
    return vectors, pictures


def batch_of(setup: Setup, dtype, generator):
    import torch

    vectors, pictures = observation_of(setup, 0, dtype, generator)
    vectors["action"] = torch.randn(BATCH, CHUNK, ACTION, generator=generator, dtype=dtype)
    return vectors, pictures


def observations_of(setup: Setup, dtype, generator):
    return [observation_of(setup, moment, dtype, generator) for moment in range(OBSERVATIONS)]


class Wider:
    """torch, with float64 under the name of float32; single numbers, time and its step, stay in float32."""

    def __init__(self, torch):
        self.float32, self.torch = torch.float64, torch

    def __getattr__(self, name):
        return getattr(self.torch, name)

    def tensor(self, value, **options):
        if isinstance(value, float):
            options["dtype"] = self.torch.float32
        return self.torch.tensor(value, **options)


@contextmanager
def widened(policy, module):
    """The policy in float64, also where LeRobot and transformers say float32."""
    import torch
    from transformers.models.gemma import modeling_gemma
    from transformers.models.paligemma import modeling_paligemma
    from transformers.models.siglip import modeling_siglip

    modules = [module, modeling_gemma, modeling_paligemma, modeling_siglip]
    original = torch.Tensor.float
    for other in modules:
        other.torch = Wider(torch)
    torch.Tensor.float = torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    step = policy.model.denoise_step
    policy.model.denoise_step = lambda **inputs: step(**inputs | {"timestep": inputs["timestep"].double()})
    try:
        policy.double()
        for part in policy.modules():
            if hasattr(part, "inv_freq"):
                width = 2 * part.inv_freq.numel()
                part.inv_freq = 10000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
        yield
    finally:
        for other in modules:
            other.torch = torch
        torch.Tensor.float = original
        torch.set_default_dtype(torch.float32)


def record_draws(policy, draws: dict, generator) -> None:
    """Noise in float64, and beta draws in float32 as they always are."""
    import torch

    def keep(value):
        draws[f"draws/{len(draws):03d}"] = value.clone()
        return value

    config = policy.config

    def time(size, _):
        drawn = keep(torch.rand(size, generator=generator, dtype=torch.float32))
        return (drawn * config.time_sampling_scale + config.time_sampling_offset).double()

    policy.model.sample_noise = lambda shape, _: keep(torch.randn(shape, generator=generator, dtype=torch.float64))
    policy.model.sample_time = time


def make_float64(setup: Setup, root: Path) -> None:
    import torch

    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    policy, config, facts = policy_of(setup)
    vectors, pictures = batch_of(setup, torch.float64, generator)
    observations = observations_of(setup, torch.float64, generator)
    tensors = under("batch", vectors) | without_pictures(observations)
    draws: dict = {}
    with widened(policy, sys.modules[type(policy).__module__]):
        with torch.no_grad():
            for seed, (name, parameter) in enumerate(policy.named_parameters()):
                parameter.copy_(fill(name, tuple(parameter.shape), seed))
        record_draws(policy, draws, generator)
        losses, norms, gradients = train(policy, vectors | pictures, setup.steps)
        after = {n: p.clone() for n, p in policy.named_parameters() if p.requires_grad}
        actions = observe(policy, observations)
    tensors |= draws | {"losses": losses, "norms": norms, "actions": actions}
    tensors |= under("gradients", stored(setup, named(gradients.items())))
    tensors |= under("after", stored(setup, named(after.items())))
    write(root, "pi", setup, config, tensors, batch=BATCH, steps=setup.steps, **facts)


SEEDED = [
    Setup(
        "pi0_seeded",
        "initial weights, noise or times drawn in another order or shape than LeRobot's; layers that are drawn"
        " again in another order, or not at all",
        cameras=("wide", "square"), words=(4, 2),
    ),
    Setup("pi05_seeded", "a condition's weights that are not drawn again", policy="pi05"),
]  # fmt: skip


def make_float32(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.utils.random_utils import set_seed

    set_seed(SEED)
    policy, config, facts = policy_of(setup)
    weights = {n: t for n, t in policy.state_dict().items() if "embed_tokens" not in n}
    tensors = under("weights", stored(setup, weights))
    generator = torch.Generator().manual_seed(SEED)
    vectors, pictures = batch_of(setup, torch.float32, generator)
    observations = observations_of(setup, torch.float32, generator)
    tensors |= under("batch", vectors) | without_pictures(observations)
    losses, norms, _ = train(policy, vectors | pictures, setup.steps)
    actions = observe(policy, observations)
    tensors |= {"losses": losses.double(), "norms": norms.double(), "actions": actions}
    # What the generator would draw next.
    tensors["next"] = torch.randint(0, 2**62, (1,))
    write(root, "pi", setup, config, tensors, batch=BATCH, steps=setup.steps, **facts)


def cases() -> list[Case]:
    return cases_of("pi", SEED, (SETUPS, make_float64), (SEEDED, make_float32))
