"""What LeRobot's TD-MPC computes, in float64 with recorded draws and in float32 with seeded ones.

A float64 case holds a batch, every shift, pair of Qs, normal draw and clock in call order, and LeRobot's
answers: losses, their parts and gradient norms of three Adam steps with the target network behind them,
all gradients of the first, all parameters and targets after the third, and the actions for a series of
observations. Weights and pictures are filled by formulas that the Swift tests repeat.

Shifts are exact windows here: LeRobot samples them bilinearly on a grid of float32, which is a window up
to 1.5e-5. The float32 cases are LeRobot as it is.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generate.golden import Case
from generate.policies.formulas import fill, unit
from generate.policies.stepping import train
from generate.policies.storing import cases_of, stored, under, without_pictures, write

SEED = 23
BATCH = 2
STEPS = 3
OBSERVATIONS = 6
STATE, ENVIRONMENT, ACTION = 3, 2, 2
PARTS = [
    "Q", "V", "advantage", "consistency_loss", "reward_loss", "Q_value_loss", "V_value_loss", "pi_loss",
    "sum_loss",
]  # fmt: skip


@dataclass(frozen=True)
class Setup:
    """A configuration and what it would catch."""

    name: str
    catches: str
    options: dict = field(default_factory=dict)
    camera: str | None = None
    size: int = 40
    has_environment: bool = True
    # Stores tensors as they are, not as digests.
    whole: bool = False


SETUPS = [
    Setup(
        "plain", "a wrong formula anywhere in the default policy without camera",
        {"uncertainty_regularizer_coeff": 0.8}, whole=True,
    ),
    Setup(
        "coefficients", "a coefficient of the loss at another term, or a decay that begins one step late",
        {
            "horizon": 4, "reward_coeff": 0.7, "value_coeff": 0.3, "consistency_coeff": 2.0,
            "pi_coeff": 0.9, "temporal_decay_coeff": 0.6, "expectile_weight": 0.7, "discount": 0.8,
            "advantage_scaling": 1.5, "target_model_momentum": 0.9,
        },
    ),
    Setup(
        "clamped", "an advantage clamped before the exponential instead of after it",
        {"advantage_scaling": 40.0},
    ),
    Setup("one_step", "a rollout of one step", {"horizon": 1, "cem_iterations": 1}),
    Setup("two_values", "a pair drawn where there are but two Qs", {"q_ensemble_size": 2}),
    Setup(
        "one_value", "a deviation over one Q",
        {"q_ensemble_size": 1, "uncertainty_regularizer_coeff": 0.0},
    ),
    Setup(
        "certain", "a penalty of uncertainty where it is switched off; policy samples where there are none",
        {"uncertainty_regularizer_coeff": -1.0, "n_pi_samples": 0},
    ),
    Setup("noiseless", "noise drawn where its deviation is 0", {"min_std": 0.0}),
    Setup(
        "wide", "a deviation or policy samples clamped at other bounds",
        {"max_std": 0.3, "min_std": 0.25, "gaussian_mean_momentum": 0.6, "cem_iterations": 4},
    ),
    Setup("loud", "policy samples clamped as the candidates are", {"min_std": 0.9, "max_std": 1.5}),
    Setup(
        "several_actions", "one action of a plan where two are asked for, or repeated ones",
        {"n_action_repeats": 1, "n_action_steps": 2, "horizon": 3, "elite_weighting_temperature": 4.0},
    ),
    Setup("three_repeats", "a whole plan repeated", {"n_action_repeats": 3}),
    Setup("no_planning", "a plan where the policy acts alone", {"use_mpc": False, "n_action_repeats": 1}),
    Setup(
        "camera", "one shift for all steps of a sample, x for y, or a border of zeros",
        {"horizon": 2, "max_random_shift_ratio": 0.06}, camera="observation.image", size=41,
        has_environment=False,
    ),
    Setup(
        "all_modalities", "modalities in another order or summed; a padding of 2.5 rounded up",
        {"horizon": 2, "max_random_shift_ratio": 0.0625}, camera="observation.image",
    ),
    Setup(
        "other_camera", "a shift of a camera that LeRobot does not shift",
        {"horizon": 1, "cem_iterations": 1}, camera="observation.images.top", has_environment=False,
    ),
    Setup(
        "still_camera", "a shift drawn where its ratio is 0",
        {"horizon": 1, "max_random_shift_ratio": 0.0, "cem_iterations": 1}, camera="observation.image",
        has_environment=False,
    ),
]  # fmt: skip


def config_of(setup: Setup):
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.tdmpc.configuration_tdmpc import TDMPCConfig

    inputs = {"observation.state": PolicyFeature(FeatureType.STATE, (STATE,))}
    if setup.has_environment:
        inputs["observation.environment_state"] = PolicyFeature(FeatureType.ENV, (ENVIRONMENT,))
    if setup.camera:
        inputs[setup.camera] = PolicyFeature(FeatureType.VISUAL, (3, setup.size, setup.size))
    options = {
        "horizon": 3, "image_encoder_hidden_dim": 3, "state_encoder_hidden_dim": 4, "latent_dim": 5,
        "mlp_dim": 6, "q_ensemble_size": 3, "cem_iterations": 2, "n_gaussian_samples": 7,
        "n_pi_samples": 3, "n_elites": 4, "optimizer_lr": 1e-2,
    }
    return TDMPCConfig(
        input_features=inputs,
        output_features={"action": PolicyFeature(FeatureType.ACTION, (ACTION,))},
        device="cpu", push_to_hub=False, **(options | setup.options),
    )


def observation_of(setup: Setup, moment: int, dtype, generator, steps: int | None):
    """Of the moment alone, or of several steps from it on where a training batch asks."""
    import torch

    def vector(width):
        shape = (BATCH, width) if steps is None else (BATCH, steps, width)
        return torch.randn(shape, generator=generator, dtype=dtype)

    vectors = {"observation.state": vector(STATE)}
    if setup.has_environment:
        vectors["observation.environment_state"] = vector(ENVIRONMENT)
    pictures = {}
    if setup.camera:
        shape = (BATCH, *(() if steps is None else (steps,)), 3, setup.size, setup.size)
        numbers = torch.from_numpy(unit(torch.Size(shape).numel(), 1000 + 10 * moment))
        pictures[setup.camera] = numbers.reshape(shape).to(dtype)
    return vectors, pictures


def batch_of(setup: Setup, config, dtype, generator):
    import torch

    steps = config.horizon
    vectors, pictures = observation_of(setup, 0, dtype, generator, steps + 1)
    vectors["action"] = torch.randn(BATCH, steps, ACTION, generator=generator, dtype=dtype).tanh()
    vectors["next.reward"] = torch.rand(BATCH, steps, generator=generator, dtype=dtype)
    for key, count in {"action": steps, "next.reward": steps, "observation.state": steps + 1}.items():
        padding = torch.zeros(BATCH, count, dtype=torch.bool)
        if steps > 1:
            # An episode's last frames: its last observation is also the last action's.
            padding[0, -1] = True
        vectors[f"{key}_is_pad"] = padding
    if steps > 2:
        # Told apart, though no dataset has such a sample.
        vectors["action_is_pad"][1, 1] = True
        vectors["next.reward_is_pad"][1, 2] = True
        vectors["observation.state_is_pad"][1, 1] = True
    vectors["index"] = torch.arange(BATCH)
    return vectors, pictures


def window(x, shifts, ratio: float):
    """What `random_shifts_aug` samples, without its rounding."""
    import torch

    pad = int(round(ratio * x.shape[2]))
    padded = torch.nn.functional.pad(x, (pad, pad, pad, pad), "replicate")
    size = x.shape[2]
    return torch.stack([
        picture[:, row : row + size, column : column + size]
        for picture, (column, row) in zip(padded, shifts.long().reshape(-1, 2).tolist(), strict=True)
    ])  # fmt: skip


@contextmanager
def recorded(draws: dict, generator):
    """Shifts, pairs of Qs, noise and clocks from `generator`, kept; what is float32 by default is float64."""
    import numpy as np
    import torch
    from lerobot.policies.tdmpc import modeling_tdmpc as tdmpc

    def originals():
        return (
            torch.randn, torch.randn_like, torch.randint, torch.multinomial, np.random.choice,
            tdmpc.random_shifts_aug,
        )  # fmt: skip

    before = originals()

    def keep(value):
        draws[f"draws/{len(draws):03d}"] = value.clone()
        return value

    def integers(high, shape):
        return before[2](0, high, shape, generator=generator)

    def randn(*shape, device=None):
        return keep(before[0](shape, generator=generator, dtype=torch.float64))

    def randint(low, high, size):
        # One by one: the host asks for each number.
        return torch.stack([keep(integers(high, ())) for _ in range(size[0])])

    def multinomial(weights, count):
        assert count == 1
        clocks = torch.empty(weights.shape[::-1], dtype=torch.float64).exponential_(generator=generator)
        return (weights / keep(clocks).T).argmax(-1, keepdim=True)

    def shifted(x, max_random_shift_ratio):
        pad = int(round(max_random_shift_ratio * x.shape[2]))
        return window(x, keep(integers(2 * pad + 1, (len(x), 2))), max_random_shift_ratio)

    def patch(randn, randn_like, randint, multinomial, choice, shifts, dtype):
        torch.randn, torch.randn_like, torch.randint = randn, randn_like, randint
        torch.multinomial, np.random.choice, tdmpc.random_shifts_aug = multinomial, choice, shifts
        torch.set_default_dtype(dtype)

    patch(
        randn, lambda x: randn(*x.shape), randint, multinomial,
        lambda count, size: keep(integers(count, (size,))).numpy(), shifted, torch.float64,
    )  # fmt: skip
    try:
        yield
    finally:
        patch(*before, torch.float32)


def parts_of(reports: list):
    """What the loss of each step reports, a row for each step."""
    import torch

    assert all(list(report) == PARTS for report in reports)
    exact = torch.float64
    rows = [[float(torch.as_tensor(report[part], dtype=exact).mean()) for part in PARTS] for report in reports]
    return torch.tensor(rows, dtype=exact)


def observe(setup: Setup, policy, observations):
    """Actions for a series of observations, the policy being reset before."""
    import torch

    policy.eval()
    policy.reset()
    encode = policy.model.encode
    if setup.camera:
        # The encoder reads the camera's own name, and acting offers it another one (Q-TDMPC-1).
        policy.model.encode = lambda seen: encode(seen | {setup.camera: seen["observation.image"]})
    actions = []
    for vectors, pictures in observations:
        actions.append(policy.select_action(vectors | pictures).clone())
    return torch.stack(actions)


def observations_of(setup: Setup, dtype, generator):
    return [observation_of(setup, moment, dtype, generator, None) for moment in range(OBSERVATIONS)]


def make_float64(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.policies.tdmpc.modeling_tdmpc import TDMPCPolicy

    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    config = config_of(setup)
    policy = TDMPCPolicy(config).double()
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(policy.state_dict().items()):
            tensor.copy_(fill(name, tuple(tensor.shape), seed))
    vectors, pictures = batch_of(setup, config, torch.float64, generator)
    observations = observations_of(setup, torch.float64, generator)
    tensors = under("batch", vectors) | without_pictures(observations)
    draws: dict = {}
    with recorded(draws, generator):
        losses, norms, gradients, reports = train(policy, vectors | pictures, STEPS, policy.update)
        after = {n: p.clone() for n, p in policy.named_parameters() if p.requires_grad}
        targets = {n: p.clone() for n, p in policy.named_parameters() if not p.requires_grad}
        actions = observe(setup, policy, observations)
    tensors |= draws | {"losses": losses, "norms": norms, "parts": parts_of(reports), "actions": actions}
    tensors |= under("gradients", stored(setup, gradients)) | under("after", stored(setup, after))
    tensors |= under("buffers", stored(setup, targets))
    write(root, "tdmpc", setup, config, tensors, batch=BATCH)


SEEDED = [
    Setup(
        "seeded", "initial weights, noise, pairs or clocks drawn in another order or shape than LeRobot's",
        {"n_gaussian_samples": 20, "n_pi_samples": 9}, whole=True,
    ),
    Setup(
        "seeded_camera", "shifts drawn batch by batch, or in words of another width",
        {"horizon": 2, "q_ensemble_size": 5, "n_gaussian_samples": 20}, camera="observation.image", size=48,
    ),
]  # fmt: skip


def make_float32(setup: Setup, root: Path) -> None:
    import numpy as np
    import torch
    from lerobot.policies.tdmpc.modeling_tdmpc import TDMPCPolicy
    from lerobot.utils.random_utils import set_seed

    set_seed(SEED)
    config = config_of(setup)
    policy = TDMPCPolicy(config)
    tensors = under("weights", stored(setup, policy.state_dict()))
    generator = torch.Generator().manual_seed(SEED)
    vectors, pictures = batch_of(setup, config, torch.float32, generator)
    observations = observations_of(setup, torch.float32, generator)
    tensors |= under("batch", vectors) | without_pictures(observations)
    losses, norms, _, _ = train(policy, vectors | pictures, STEPS, policy.update)
    # Values begin at 0, where the best of candidates is a matter of rounding.
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(policy.state_dict().items()):
            tensor.copy_(fill(name, tuple(tensor.shape), seed))
    actions = observe(setup, policy, observations)
    tensors |= {"losses": losses.double(), "norms": norms.double(), "actions": actions}
    tensors |= {"torch_next": torch.randint(0, 2**62, (1,)), "numpy_next": torch.tensor(np.random.randint(2**31))}
    write(root, "tdmpc", setup, config, tensors, batch=BATCH)


def cases() -> list[Case]:
    return cases_of("tdmpc", SEED, (SETUPS, make_float64), (SEEDED, make_float32))
