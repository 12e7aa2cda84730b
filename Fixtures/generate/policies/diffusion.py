"""What LeRobot's Diffusion Policy computes, in float64 with recorded draws and in float32 with seeded
ones.

A float64 case holds a batch, every crop, normal draw and timestep in call order, and LeRobot's answers:
losses and gradient norms of three Adam steps, all gradients of the first, all parameters and buffers
after the third, and the actions for a series of observations. Weights and pictures are filled by
formulas that the Swift tests repeat; of most answers only digests are stored.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generate.golden import Case
from generate.policies.formulas import fill, unit
from generate.policies.stepping import train
from generate.policies.storing import cases_of, stored, under, without_pictures, write

SEED = 21
BATCH = 2
STEPS = 3
OBSERVATIONS = 6
STATE, ENVIRONMENT, ACTION = 3, 2, 2


@dataclass(frozen=True)
class Setup:
    """A configuration and what it would catch."""

    name: str
    catches: str
    options: dict = field(default_factory=dict)
    cameras: int = 0
    picture: tuple[int, int] = (40, 48)
    has_environment: bool = True
    # Stores tensors as they are, not as digests.
    whole: bool = False


SETUPS = [
    Setup(
        "plain", "a wrong formula anywhere in the default policy without cameras", {"kernel_size": 3},
        whole=True,
    ),
    Setup(
        "no_scale", "a shift read as a scale; a single stage",
        {"use_film_scale_modulation": False, "down_dims": (8,)}, whole=True,
    ),
    Setup(
        "deep", "stages or skips in the wrong order, n_groups in the last block, a kernel of 5",
        {"down_dims": (16, 8, 12), "kernel_size": 3},
    ),
    Setup(
        "sample", "noise for a target where actions are predicted",
        {"prediction_type": "sample", "beta_schedule": "linear", "beta_end": 0.3},
    ),
    Setup(
        "ddim", "predicted noise corrected for clipping; timesteps from the other end",
        {
            "noise_scheduler_type": "DDIM", "num_train_timesteps": 10, "num_inference_steps": 3,
            "beta_schedule": "scaled_linear", "beta_start": 0.01, "beta_end": 0.4,
            "clip_sample_range": 0.3,
        },
    ),
    Setup(
        "ddim_sample", "DDIM's noise from the clipped sample",
        {
            "noise_scheduler_type": "DDIM", "prediction_type": "sample", "num_train_timesteps": 10,
            "num_inference_steps": 4, "clip_sample_range": 0.2,
        },
    ),
    Setup(
        "unclipped", "clipping when it is switched off; steps skipped as if they were neighbours",
        {
            "clip_sample": False, "beta_schedule": "sigmoid", "beta_end": 0.5,
            "num_train_timesteps": 9, "num_inference_steps": 4,
        },
    ),
    Setup("masked", "a mean over what is not padding only", {"do_mask_loss_for_padding": True}),
    Setup(
        "one_step", "a window that begins one action late",
        {"n_obs_steps": 1, "n_action_steps": 2},
    ),
    Setup(
        "long_window", "actions beyond the horizon; a history that does not move on",
        {"n_obs_steps": 3, "n_action_steps": 8},
    ),
    Setup(
        "one_camera", "one crop for each sample; a centre rounded up; groups other than of 16",
        {"crop_shape": (33, 41), "down_dims": (8,)}, cameras=1, picture=(42, 48), has_environment=False,
    ),
    Setup(
        "two_cameras", "cameras before observation steps; a random crop where it is switched off",
        {"crop_shape": (36, 40), "crop_is_random": False, "down_dims": (8,)}, cameras=2,
    ),
    Setup(
        "two_encoders", "one crop for both encoders; features step by step instead of camera by camera",
        {"use_separate_rgb_encoder_per_camera": True, "crop_shape": (40, 44), "down_dims": (8,)},
        cameras=2,
    ),
    Setup(
        "batch_norm", "running statistics of the biased variance, at the wrong rate, or used in training",
        {"use_group_norm": False, "crop_shape": None, "down_dims": (8,)}, cameras=1,
    ),
    Setup(
        "resnet50", "groups counted for basic blocks",
        {"vision_backbone": "resnet50", "crop_shape": (32, 40), "down_dims": (8,)},
        cameras=1, has_environment=False,
    ),
]  # fmt: skip


def is_computed(name: str) -> bool:
    """Buffers that the policy makes itself."""
    return name.endswith(("pos_grid", "num_batches_tracked"))


def config_of(setup: Setup):
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.diffusion.configuration_diffusion import DiffusionConfig

    inputs = {"observation.state": PolicyFeature(FeatureType.STATE, (STATE,))}
    if setup.has_environment:
        inputs["observation.environment_state"] = PolicyFeature(FeatureType.ENV, (ENVIRONMENT,))
    for camera in range(setup.cameras):
        inputs[f"observation.images.{camera}"] = PolicyFeature(FeatureType.VISUAL, (3, *setup.picture))
    options = {
        "n_obs_steps": 2, "horizon": 8, "n_action_steps": 4, "down_dims": (8, 8), "kernel_size": 5,
        "n_groups": 4, "diffusion_step_embed_dim": 4, "num_train_timesteps": 5,
        "spatial_softmax_num_keypoints": 3, "optimizer_lr": 1e-3, "optimizer_weight_decay": 1e-2,
    }
    return DiffusionConfig(
        input_features=inputs,
        output_features={"action": PolicyFeature(FeatureType.ACTION, (ACTION,))},
        device="cpu", push_to_hub=False, **(options | setup.options),
    )


def observation_of(setup: Setup, moment: int, dtype, generator, steps: int | None):
    """Of the moment alone, or of several steps up to it where a training batch asks."""
    import torch

    def vector(width):
        shape = (BATCH, width) if steps is None else (BATCH, steps, width)
        return torch.randn(shape, generator=generator, dtype=dtype)

    vectors = {
        "observation.state": vector(STATE), "observation.environment_state": vector(ENVIRONMENT)
    }
    shape = (BATCH, *(() if steps is None else (steps,)), 3, *setup.picture)
    pictures = {
        f"observation.images.{camera}": torch.from_numpy(
            unit(torch.Size(shape).numel(), 1000 + 10 * moment + camera)
        ).reshape(shape).to(dtype)
        for camera in range(setup.cameras)
    }
    return vectors, pictures


def batch_of(setup: Setup, config, dtype, generator):
    import torch

    vectors, pictures = observation_of(setup, 0, dtype, generator, config.n_obs_steps)
    vectors["action"] = torch.randn(BATCH, config.horizon, ACTION, generator=generator, dtype=dtype)
    vectors["action_is_pad"] = torch.zeros(BATCH, config.horizon, dtype=torch.bool)
    vectors["action_is_pad"][0, config.horizon - 3 :] = True
    return vectors, pictures


@contextmanager
def recorded(draws: dict, generator):
    """Crops, noise and timesteps from `generator`, kept; what is float32 by default is float64.

    The roots of denoising coefficients are rounded correctly: torch's come from MKL, whose last bit
    is the processor's, and a bit of float32 is more than a float64 case allows.
    """
    import numpy as np
    import torch
    from diffusers.schedulers import scheduling_ddpm

    originals = torch.randn, torch.randint, scheduling_ddpm.randn_tensor, torch.Tensor.__pow__

    def keep(value):
        draws[f"draws/{len(draws):03d}"] = value
        return value

    def randn(*shape, size=None, **_):
        shape = size if size is not None else shape[0]
        return keep(originals[0](tuple(shape), generator=generator, dtype=torch.float64))

    def randint(low, high=None, size=None, **_):
        drawn = originals[1](low, high, tuple(size), generator=generator)
        # torchvision draws a crop as one number of a list; here it is a number.
        if tuple(size) == (1,):
            keep(drawn.reshape(()))
            return drawn
        return keep(drawn)

    def power(base, exponent):
        if exponent == 0.5 and base.ndim == 0 and base.dtype == torch.float32:
            return torch.tensor(np.sqrt(base.numpy()), dtype=torch.float32)
        return originals[3](base, exponent)

    def patch(randn, randint, randn_tensor, power, dtype):
        torch.randn, torch.randint = randn, randint
        scheduling_ddpm.randn_tensor, torch.Tensor.__pow__ = randn_tensor, power
        torch.set_default_dtype(dtype)

    patch(randn, randint, randn, power, torch.float64)
    try:
        yield
    finally:
        patch(*originals, torch.float32)


def observe(policy, observations):
    """Actions for a series of observations, the policy being reset before."""
    import torch

    policy.eval()
    policy.reset()
    actions = []
    for vectors, pictures in observations:
        # Only what it takes: LeRobot looks every key of a batch up in its history.
        seen = {key: vectors[key] for key in policy.config.input_features if key in vectors}
        actions.append(policy.select_action(seen | pictures).clone())
    return torch.stack(actions)


def observations_of(setup: Setup, dtype, generator):
    return [observation_of(setup, moment, dtype, generator, None) for moment in range(OBSERVATIONS)]


def make_float64(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.policies.diffusion.modeling_diffusion import DiffusionPolicy

    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    config = config_of(setup)
    policy = DiffusionPolicy(config).double()
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(policy.state_dict().items()):
            if not is_computed(name):
                tensor.copy_(fill(name, tuple(tensor.shape), seed))
    vectors, pictures = batch_of(setup, config, torch.float64, generator)
    observations = observations_of(setup, torch.float64, generator)
    tensors = under("batch", vectors) | without_pictures(observations)
    draws: dict = {}
    with recorded(draws, generator):
        losses, norms, gradients, _ = train(policy, vectors | pictures, STEPS)
        buffers = {n: b.clone() for n, b in policy.named_buffers()}
        after = {n: p.clone() for n, p in policy.named_parameters()}
        actions = observe(policy, observations)
    tensors |= draws | {"losses": losses, "norms": norms, "actions": actions}
    tensors |= under("gradients", stored(setup, gradients)) | under("after", stored(setup, after))
    tensors |= under("buffers", stored(setup, buffers))
    write(root, "diffusion", setup, config, tensors, batch=BATCH)


# Small batch norms and Adam's first steps multiply rounding; little is learned where both meet.
SEEDED = [
    Setup(
        "seeded", "initial weights, noise or timesteps drawn in another order or shape than LeRobot's",
        whole=True,
    ),
    Setup(
        "seeded_cameras", "crops drawn after the noise, or once for two encoders",
        {"use_separate_rgb_encoder_per_camera": True, "crop_shape": (36, 40), "down_dims": (8,)}, cameras=2,
    ),
    Setup(
        "seeded_batch_norm", "running statistics that have not seen the black picture",
        {"use_group_norm": False, "crop_shape": (36, 40), "down_dims": (8,), "optimizer_lr": 1e-5},
        cameras=1,
    ),
    Setup(
        "pretrained", "pretrained statistics that have not seen the black picture",
        {
            "use_group_norm": False, "crop_shape": (36, 40), "down_dims": (8,),
            "pretrained_backbone_weights": "ResNet18_Weights.IMAGENET1K_V1", "optimizer_lr": 1e-5,
        },
        cameras=1,
    ),
]  # fmt: skip


@contextmanager
def filled_resnet():
    """torchvision's files replaced by formula, and as old as they are: without counts of batches."""
    from torchvision.models import resnet18
    from torchvision.models._api import WeightsEnum

    original = WeightsEnum.get_state_dict

    def get_state_dict(self, *_, **__):
        import torch

        random = torch.get_rng_state()
        names = [(n, tuple(t.shape)) for n, t in resnet18().state_dict().items() if not is_computed(n)]
        torch.set_rng_state(random)
        return {n: fill(n, shape, seed).float() for seed, (n, shape) in enumerate(names)}

    WeightsEnum.get_state_dict = get_state_dict
    try:
        yield
    finally:
        WeightsEnum.get_state_dict = original


def make_float32(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.policies.diffusion.modeling_diffusion import DiffusionPolicy
    from lerobot.utils.random_utils import set_seed

    set_seed(SEED)
    config = config_of(setup)
    with filled_resnet():
        policy = DiffusionPolicy(config)
    tensors = under("weights", stored(setup, policy.state_dict()))
    generator = torch.Generator().manual_seed(SEED)
    vectors, pictures = batch_of(setup, config, torch.float32, generator)
    observations = observations_of(setup, torch.float32, generator)
    tensors |= under("batch", vectors) | without_pictures(observations)
    losses, norms, _, _ = train(policy, vectors | pictures, STEPS)
    actions = observe(policy, observations)
    tensors |= {"losses": losses.double(), "norms": norms.double(), "actions": actions}
    write(root, "diffusion", setup, config, tensors, batch=BATCH)


def cases() -> list[Case]:
    return cases_of("diffusion", SEED, (SETUPS, make_float64), (SEEDED, make_float32))
