"""What the cases of SmolVLA, π₀ and π₀.₅ share: setups, batches, recorded draws, and how a case is made."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from generate.golden import Case
from generate.policies.formulas import fill, unit
from generate.policies.stepping import observe, train
from generate.policies.storing import cases_of, stored, under, without_pictures, write

BATCH = 2
OBSERVATIONS = 3
STATE, ACTION, CHUNK = 3, 2, 4


@dataclass(frozen=True)
class BaseSetup:
    """A configuration and what it would catch."""

    name: str
    catches: str
    options: dict = field(default_factory=dict)
    cameras: tuple[str, ...] = ("wide",)
    # How many tokens of each text are words.
    words: tuple[int, int] = (4, 4)
    # Scale and offset of a drawn time.
    time: tuple[float, float] = (0.999, 0.001)
    # The bound on the gradient's norm.
    clip: float = 10
    steps: int = 2
    state: int = STATE
    action: int = ACTION
    whole: bool = False


@dataclass(frozen=True)
class Family:
    """What the setups of one folder have in common."""

    folder: str
    seed: int
    # Height and width of each camera's pictures.
    cameras: dict
    # The number of tokens, and the one that fills a text up.
    vocabulary: int
    padding: int
    # Makes of a setup a new policy, its configuration, and what else the tests need to know of it.
    policy_of: Callable
    # A context in which a policy computes in float64.
    widened: Callable
    # The stored weights of a new policy.
    weights_of: Callable
    # Gradients or trained parameters under the names that the tests know.
    named: Callable


def common_options(setup: BaseSetup, cameras: dict) -> dict:
    """Options of every configuration; `cameras` holds sizes."""
    from lerobot.configs.types import FeatureType, PolicyFeature

    pictures = {
        f"observation.images.{name}": PolicyFeature(FeatureType.VISUAL, (3, *cameras[name])) for name in setup.cameras
    }
    return {
        "input_features": pictures | {"observation.state": PolicyFeature(FeatureType.STATE, (setup.state,))},
        "output_features": {"action": PolicyFeature(FeatureType.ACTION, (setup.action,))},
        "device": "cpu", "push_to_hub": False, "chunk_size": CHUNK, "n_action_steps": 2, "max_state_dim": 5,
        "max_action_dim": 4, "optimizer_lr": 1e-3, "optimizer_grad_clip_norm": setup.clip,
    }  # fmt: skip


def observation_of(family: Family, setup: BaseSetup, moment: int, dtype, generator):
    import torch

    count = max(setup.words)
    words = torch.randint(3, family.vocabulary, (BATCH, count), generator=generator)
    is_word = torch.arange(count)[None, :] < torch.tensor(setup.words)[:, None]
    vectors = {
        "observation.state": torch.randn(BATCH, setup.state, generator=generator, dtype=dtype),
        "observation.language.tokens": torch.where(is_word, words, family.padding),
        "observation.language.attention_mask": is_word,
    }
    pictures = {}
    for place, name in enumerate(setup.cameras):
        shape = torch.Size((BATCH, 3, *family.cameras[name]))
        values = torch.from_numpy(unit(shape.numel(), 1000 + 10 * moment + place))
        pictures[f"observation.images.{name}"] = values.reshape(shape).to(dtype)
    return vectors, pictures


def inputs_of(family: Family, setup: BaseSetup, dtype):
    """A batch, a series of observations, what is stored of both, and the generator that drew them."""
    import torch

    generator = torch.Generator().manual_seed(family.seed)
    vectors, pictures = observation_of(family, setup, 0, dtype, generator)
    vectors["action"] = torch.randn(BATCH, CHUNK, setup.action, generator=generator, dtype=dtype)
    observations = [observation_of(family, setup, moment, dtype, generator) for moment in range(OBSERVATIONS)]
    return vectors | pictures, observations, under("batch", vectors) | without_pictures(observations), generator


class Wider:
    """torch, with float64 under the name of float32."""

    def __init__(self, torch):
        self.float32, self.torch = torch.float64, torch

    def __getattr__(self, name):
        return getattr(self.torch, name)

    def tensor(self, value, **options):
        """Time and its step stay in float32, as in a real run; both are at most 1, unlike √D."""
        if isinstance(value, float) and abs(value) <= 1:
            options["dtype"] = self.torch.float32
        return self.torch.tensor(value, **options)


@contextmanager
def in_float64(policy, modules):
    """The policy in float64, also where `modules`, of LeRobot and transformers, say float32."""
    import torch

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


def record_draws(policy, draws: dict, generator, scale: float, offset: float) -> None:
    """Noise in float64, and beta draws in float32 as they always are."""
    import torch

    def keep(value):
        draws[f"draws/{len(draws):03d}"] = value.clone()
        return value

    def time(size, _):
        return (keep(torch.rand(size, generator=generator, dtype=torch.float32)) * scale + offset).double()

    policy.model.sample_noise = lambda shape, _: keep(torch.randn(shape, generator=generator, dtype=torch.float64))
    policy.model.sample_time = time


def make_float64(family: Family, setup: BaseSetup, root: Path) -> None:
    import torch

    torch.manual_seed(family.seed)
    policy, config, facts = family.policy_of(setup)
    batch, observations, tensors, generator = inputs_of(family, setup, torch.float64)
    draws: dict = {}
    with family.widened(policy):
        with torch.no_grad():
            for seed, (name, parameter) in enumerate(policy.named_parameters()):
                parameter.copy_(fill(name, tuple(parameter.shape), seed))
        record_draws(policy, draws, generator, *setup.time)
        losses, norms, gradients, _ = train(policy, batch, setup.steps)
        after = {n: p.clone() for n, p in policy.named_parameters() if p.requires_grad}
        actions = observe(policy, observations)
    tensors |= draws | {"losses": losses, "norms": norms, "actions": actions}
    tensors |= under("gradients", stored(setup, family.named(gradients)))
    tensors |= under("after", stored(setup, family.named(after)))
    write(root, family.folder, setup, config, tensors, batch=BATCH, steps=setup.steps, **facts)


def make_float32(family: Family, setup: BaseSetup, root: Path) -> None:
    import torch
    from lerobot.utils.random_utils import set_seed

    set_seed(family.seed)
    policy, config, facts = family.policy_of(setup)
    batch, observations, tensors, _ = inputs_of(family, setup, torch.float32)
    # Before the steps that change them.
    tensors |= under("weights", stored(setup, family.weights_of(policy)))
    losses, norms, _, _ = train(policy, batch, setup.steps)
    actions = observe(policy, observations)
    tensors |= {"losses": losses.double(), "norms": norms.double(), "actions": actions}
    # What the generator would draw next.
    tensors["next"] = torch.randint(0, 2**62, (1,))
    write(root, family.folder, setup, config, tensors, batch=BATCH, steps=setup.steps, **facts)


def family_cases(family: Family, setups: list, seeded: list) -> list[Case]:
    """Cases of float64 of some setups, and of float32 from a seed of others."""
    exact = setups, partial(make_float64, family)
    return cases_of(family.folder, family.seed, exact, (seeded, partial(make_float32, family)))
