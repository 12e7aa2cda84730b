"""What LeRobot's SmolVLA computes beside a tiny vision-language model, in float64 and in float32 from a seed.

A float64 case holds a batch, noise and beta draws in call order, and LeRobot's answers: losses and gradient
norms of some AdamW steps, all gradients of the first, all trained parameters after them, and the actions for
a series of observations. Weights and pictures are filled by formulas that the Swift tests repeat; of most
answers only digests are stored. Beside its configuration stand the model's config.json and the numbers of
two special tokens. Q-SMOLVLA-1 is mended.
"""

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generate.golden import Case
from generate.policies.formulas import fill, unit
from generate.policies.storing import cases_of, stored, under, without_pictures, write
from generate.policies.tiny_smolvlm import SIDE, SPECIAL, WORDS, config_json, place_patches, write_model

SEED = 37
BATCH = 2
OBSERVATIONS = 3
STATE, ACTION, CHUNK = 3, 2, 4
# A wide camera, a tall one that is not taken whole, and one of the tower's size.
CAMERAS = {"wide": (18, 30), "tall": (41, 24), "square": (SIDE, SIDE)}
OF_EVERYTHING = {"train_expert_only": False, "freeze_vision_encoder": False}


@dataclass(frozen=True)
class Setup:
    """A configuration and what it would catch."""

    name: str
    catches: str
    options: dict = field(default_factory=dict)
    cameras: tuple[str, ...] = ("wide",)
    # How many tokens of each text are words.
    words: tuple[int, int] = (4, 4)
    # Changes the model's text_config.
    text: dict = field(default_factory=dict)
    # The bound on the gradient's norm; the preset's is never reached.
    clip: float = 10
    steps: int = 2
    state: int = STATE
    action: int = ACTION
    whole: bool = False


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
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig

    options = {
        "chunk_size": CHUNK, "n_action_steps": 2, "max_state_dim": 5, "max_action_dim": 4,
        "resize_imgs_with_padding": (SIDE, SIDE), "num_vlm_layers": 2, "optimizer_lr": 1e-3,
        "optimizer_grad_clip_norm": setup.clip,
    }  # fmt: skip
    pictures = {
        f"observation.images.{name}": PolicyFeature(FeatureType.VISUAL, (3, *CAMERAS[name])) for name in setup.cameras
    }
    return SmolVLAConfig(
        input_features=pictures | {"observation.state": PolicyFeature(FeatureType.STATE, (setup.state,))},
        output_features={"action": PolicyFeature(FeatureType.ACTION, (setup.action,))},
        device="cpu", push_to_hub=False, load_vlm_weights=False, vlm_model_name=folder,
        **(options | setup.options),
    )  # fmt: skip


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


def observation_of(setup: Setup, moment: int, dtype, generator):
    import torch

    count = max(setup.words)
    words = torch.randint(3, len(WORDS), (BATCH, count), generator=generator)
    is_word = torch.arange(count)[None, :] < torch.tensor(setup.words)[:, None]
    vectors = {
        "observation.state": torch.randn(BATCH, setup.state, generator=generator, dtype=dtype),
        "observation.language.tokens": torch.where(is_word, words, 2),
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
    vectors["action"] = torch.randn(BATCH, CHUNK, setup.action, generator=generator, dtype=dtype)
    return vectors, pictures


class Wider:
    """torch, with float64 under the name of float32."""

    def __init__(self, torch):
        self.float32 = torch.float64
        self.torch = torch

    def __getattr__(self, name):
        return getattr(self.torch, name)

    def tensor(self, value, **options):
        """Time and its step stay in float32, as in a real run; both are at most 1, unlike √D."""
        if isinstance(value, float) and abs(value) <= 1:
            options["dtype"] = self.torch.float32
        return self.torch.tensor(value, **options)


@contextmanager
def widened(policy):
    """The policy in float64, also where LeRobot and transformers say float32."""
    import torch
    from lerobot.policies.smolvla import modeling_smolvla, smolvlm_with_expert
    from transformers.models.llama import modeling_llama
    from transformers.models.smolvlm import modeling_smolvlm

    modules = [modeling_smolvla, smolvlm_with_expert, modeling_llama, modeling_smolvlm]
    original = torch.Tensor.float
    for module in modules:
        module.torch = Wider(torch)
    torch.Tensor.float = torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    try:
        policy.double()
        yield
    finally:
        for module in modules:
            module.torch = torch
        torch.Tensor.float = original
        torch.set_default_dtype(torch.float32)


def record_draws(policy, draws: dict, generator) -> None:
    """Noise in float64, and beta draws in float32 as they always are."""
    import torch

    def keep(value):
        draws[f"draws/{len(draws):03d}"] = value.clone()
        return value

    def time(size, _):
        return (keep(torch.rand(size, generator=generator, dtype=torch.float32)) * 0.999 + 0.001).double()

    policy.model.sample_noise = lambda shape, _: keep(torch.randn(shape, generator=generator, dtype=torch.float64))
    policy.model.sample_time = time


def copied(batch):
    """adapt_to_pi_aloha changes tensors in place."""
    return {key: value.clone() for key, value in batch.items()}


def train(policy, batch, steps: int):
    """AdamW steps as LeRobot's update_policy takes them: losses, norms, gradients of the first."""
    import torch

    preset = policy.config.get_optimizer_preset()
    optimizer = preset.build(policy.get_optim_params())
    losses, norms, gradients = [], [], []
    for _ in range(steps):
        policy.train()
        loss, _ = policy.forward(copied(batch))
        loss.backward()
        gradients.append({n: p.grad.clone() for n, p in policy.named_parameters() if p.grad is not None})
        norms.append(torch.nn.utils.clip_grad_norm_(policy.parameters(), preset.grad_clip_norm))
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.detach().reshape(()))
    return torch.stack(losses), torch.stack(norms), gradients[0]


def observe(policy, observations):
    """Actions for a series of observations, the policy being reset before."""
    import torch

    policy.eval()
    policy.reset()
    return torch.stack([policy.select_action(copied(vectors | pictures)).clone() for vectors, pictures in observations])


def observations_of(setup: Setup, dtype, generator):
    return [observation_of(setup, moment, dtype, generator) for moment in range(OBSERVATIONS)]


def make_float64(setup: Setup, root: Path) -> None:
    import torch

    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    policy, config, facts = policy_of(setup)
    vectors, pictures = batch_of(setup, torch.float64, generator)
    observations = observations_of(setup, torch.float64, generator)
    tensors = under("batch", vectors) | without_pictures(observations)
    draws: dict = {}
    with widened(policy):
        with torch.no_grad():
            for seed, (name, parameter) in enumerate(policy.named_parameters()):
                parameter.copy_(fill(name, tuple(parameter.shape), seed))
        record_draws(policy, draws, generator)
        losses, norms, gradients = train(policy, vectors | pictures, setup.steps)
        after = {n: p.clone() for n, p in policy.named_parameters() if p.requires_grad}
        actions = observe(policy, observations)
    tensors |= draws | {"losses": losses, "norms": norms, "actions": actions}
    tensors |= under("gradients", stored(setup, gradients)) | under("after", stored(setup, after))
    write(root, "smolvla", setup, config, tensors, batch=BATCH, steps=setup.steps, **facts)


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


def make_float32(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.utils.random_utils import set_seed

    set_seed(SEED)
    policy, config, facts = policy_of(setup)
    tensors = under("weights", stored(setup, policy.state_dict()))
    generator = torch.Generator().manual_seed(SEED)
    vectors, pictures = batch_of(setup, torch.float32, generator)
    observations = observations_of(setup, torch.float32, generator)
    tensors |= under("batch", vectors) | without_pictures(observations)
    losses, norms, _ = train(policy, vectors | pictures, setup.steps)
    actions = observe(policy, observations)
    tensors |= {"losses": losses.double(), "norms": norms.double(), "actions": actions}
    # What the generator would draw next.
    tensors["next"] = torch.randint(0, 2**62, (1,))
    write(root, "smolvla", setup, config, tensors, batch=BATCH, steps=setup.steps, **facts)


def cases() -> list[Case]:
    return cases_of("smolvla", SEED, (SETUPS, make_float64), (SEEDED, make_float32))
