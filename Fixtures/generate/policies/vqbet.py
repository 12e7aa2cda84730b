"""What LeRobot's VQ-BeT computes, in float64 with recorded draws and in float32 with seeded ones.

A float64 case holds a batch, every crop, mask and exponential clock in call order, and LeRobot's
answers: losses, parts and gradient norms of some Adam steps, all gradients of the first, all
parameters and buffers after them, and the actions for a series of observations. Weights, codebooks
and pictures are filled by formulas that the Swift tests repeat; of most answers only digests are
stored.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generate.golden import Case
from generate.policies.diffusion import filled_resnet, is_computed
from generate.policies.formulas import fill, unit
from generate.policies.stepping import observe, train
from generate.policies.storing import cases_of, stored, under, without_pictures, write

SEED = 31
BATCH = 2
OBSERVATIONS = 5
STATE, ACTION = 3, 2


@dataclass(frozen=True)
class Setup:
    """A configuration and what it would catch."""

    name: str
    catches: str
    options: dict = field(default_factory=dict)
    picture: tuple[int, int] = (34, 38)
    # Whether the quantizer has been trained before.
    is_discretized: bool = True
    steps: int = 2
    # Stores tensors as they are, not as digests.
    whole: bool = False


SETUPS = [
    Setup(
        "quantizer",
        "one straight-through for both layers; a code taken after its update; a decay the other way round;"
        " windows sample by sample",
        is_discretized=False, steps=4, whole=True,
    ),
    Setup(
        "quantizer_wide", "a window too few; smoothing left out; a commitment that is summed",
        {"n_obs_steps": 3, "action_chunk_size": 3, "n_action_pred_token": 3, "vqvae_n_embed": 3},
        is_discretized=False, steps=3,
    ),
    Setup(
        "switch",
        "a phase that ends one step early or late; moments of the quantizer that go on after it; one decay"
        " for all groups",
        {"n_vqvae_training_steps": 2, "optimizer_weight_decay": 0.05, "optimizer_vqvae_weight_decay": 0.2},
        is_discretized=False, steps=4,
    ),
    Setup(
        "joint", "a wrong formula anywhere in the default transformer and heads", {"optimizer_weight_decay": 0.3},
    ),
    Setup(
        "sequential", "a secondary code that does not know the primary one, or is drawn beside it",
        {"sequentially_select": True},
    ),
    Setup("no_dropout", "masks drawn with a probability of zero", {"dropout": 0.0}),
    Setup("one_token", "future tokens where there are none", {"n_action_pred_token": 1, "n_obs_steps": 3}),
    Setup(
        "one_step", "a picture's step read as its channels; a chunk of one action",
        {"n_obs_steps": 1, "action_chunk_size": 1, "n_action_pred_token": 2},
    ),
    Setup(
        "cold", "a temperature in the loss, or none in the draw", {"bet_softmax_temperature": 2.5, "gpt_n_layer": 3},
    ),
    Setup(
        "batch_norm", "a crop for each picture; statistics that the first phase moves",
        {"use_group_norm": False, "crop_shape": (33, 35), "n_vqvae_training_steps": 1},
        is_discretized=False, steps=2,
    ),
    Setup(
        "whole_pictures", "a crop where none is asked for", {"crop_shape": None, "vision_backbone": "resnet34"},
    ),
]  # fmt: skip


def config_of(setup: Setup):
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.vqbet.configuration_vqbet import VQBeTConfig

    options = {
        "n_obs_steps": 2, "n_action_pred_token": 2, "action_chunk_size": 2, "crop_shape": (33, 36),
        "spatial_softmax_num_keypoints": 2, "vqvae_n_embed": 4, "vqvae_embedding_dim": 3,
        "vqvae_enc_hidden_dim": 5, "gpt_block_size": 12, "gpt_input_dim": 6, "gpt_hidden_dim": 8,
        "gpt_output_dim": 7, "gpt_n_layer": 2, "gpt_n_head": 2, "dropout": 0.25,
        "offset_loss_weight": 3.0, "primary_code_loss_weight": 5.0, "secondary_code_loss_weight": 0.5,
        "bet_softmax_temperature": 0.7, "optimizer_lr": 1e-3, "optimizer_vqvae_lr": 3e-3,
        "optimizer_weight_decay": 1e-2, "optimizer_vqvae_weight_decay": 1e-1,
    }  # fmt: skip
    return VQBeTConfig(
        input_features={
            "observation.image": PolicyFeature(FeatureType.VISUAL, (3, *setup.picture)),
            "observation.state": PolicyFeature(FeatureType.STATE, (STATE,)),
        },
        output_features={"action": PolicyFeature(FeatureType.ACTION, (ACTION,))},
        device="cpu", push_to_hub=False, **(options | setup.options),
    )


def observation_of(setup: Setup, moment: int, dtype, generator, steps: int | None):
    """Of the moment alone, or of several steps up to it where a training batch asks."""
    import torch

    leading = (BATCH,) if steps is None else (BATCH, steps)
    vectors = {"observation.state": torch.randn(*leading, STATE, generator=generator, dtype=dtype)}
    shape = torch.Size((*leading, 3, *setup.picture))
    pictures = {"observation.image": torch.from_numpy(unit(shape.numel(), 1000 + moment)).reshape(shape).to(dtype)}
    return vectors, pictures


def batch_of(setup: Setup, config, dtype, generator):
    import torch

    vectors, pictures = observation_of(setup, 0, dtype, generator, config.n_obs_steps)
    length = config.n_obs_steps + config.n_action_pred_token + config.action_chunk_size - 2
    vectors["action"] = torch.randn(BATCH, length, ACTION, generator=generator, dtype=dtype)
    vectors["action_is_pad"] = torch.zeros(BATCH, length, dtype=torch.bool)
    vectors["action_is_pad"][0, length - 1 :] = True
    return vectors, pictures


@contextmanager
def recorded(draws: dict, generator):
    """Crops, masks and clocks from `generator`, kept; what is float32 by name is float64."""
    import torch
    from torch.nn import functional

    originals = torch.randint, functional.dropout, torch.multinomial, torch.Tensor.float

    def keep(value):
        draws[f"draws/{len(draws):03d}"] = value
        return value

    def randint(low, high=None, size=None, **_):
        drawn = originals[0](low, high, tuple(size), generator=generator)
        # torchvision draws a crop as one number of a list; here it is a number.
        keep(drawn.reshape(()))
        return drawn

    def dropout(x, p=0.5, training=True, inplace=False):
        if not training or p == 0:
            return x
        mask = torch.rand(x.shape, generator=generator, dtype=torch.float64) >= p
        keep(mask.to(torch.uint8))
        return x * mask / (1 - p)

    def multinomial(probabilities, num_samples):
        clocks = torch.empty(probabilities.shape, dtype=torch.float64).exponential_(generator=generator)
        return (probabilities / keep(clocks)).argmax(-1, keepdim=True)

    def patch(randint, dropout, multinomial, widen, dtype):
        torch.randint, functional.dropout, torch.multinomial = randint, dropout, multinomial
        torch.Tensor.float = widen
        torch.set_default_dtype(dtype)

    patch(randint, dropout, multinomial, lambda x: x, torch.float64)
    try:
        yield
    finally:
        patch(*originals, torch.float32)


def parts_of(reports: list) -> dict:
    """What the loss of each step reports."""
    import torch

    return {
        f"{step}/{name}": torch.tensor(value, dtype=torch.float64)
        for step, report in enumerate(reports)
        for name, value in report.items()
    }


def observations_of(setup: Setup, dtype, generator):
    return [observation_of(setup, moment, dtype, generator, None) for moment in range(OBSERVATIONS)]


def fill_weights(policy, is_discretized: bool) -> None:
    """Weights by formula; codes far apart, in clusters of some size."""
    import torch

    with torch.no_grad():
        for seed, (name, tensor) in enumerate(policy.state_dict().items()):
            shape = tuple(tensor.shape)
            uniform = torch.from_numpy(unit(tensor.numel(), seed)).reshape(shape)
            if name.endswith(("embed", "embed_avg")):
                tensor.copy_(2 * uniform - 1)
            elif name.endswith("cluster_size"):
                tensor.copy_(uniform + 0.5)
            elif name.endswith(("discretized", "freeze_codebook")):
                tensor.fill_(is_discretized)
            elif not is_computed(name) and not name.endswith((".attn.bias", "initted", "indices")):
                tensor.copy_(fill(name, shape, seed))


def make_float64(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.policies.vqbet.modeling_vqbet import VQBeTPolicy

    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    config = config_of(setup)
    policy = VQBeTPolicy(config).double()
    fill_weights(policy, setup.is_discretized)
    vectors, pictures = batch_of(setup, config, torch.float64, generator)
    observations = observations_of(setup, torch.float64, generator)
    tensors = under("batch", vectors) | without_pictures(observations)
    draws: dict = {}
    with recorded(draws, generator):
        losses, norms, gradients, reports = train(policy, vectors | pictures, setup.steps)
        buffers = {n: b.clone() for n, b in policy.named_buffers()}
        after = {n: p.clone() for n, p in policy.named_parameters()}
        actions = observe(policy, observations)
    tensors |= draws | {"losses": losses, "norms": norms, "actions": actions} | under("parts", parts_of(reports))
    tensors |= under("gradients", stored(setup, gradients)) | under("after", stored(setup, after))
    tensors |= under("buffers", {n: b.double() for n, b in stored(setup, buffers).items()})
    write(root, "vqbet", setup, config, tensors, batch=BATCH, steps=setup.steps, is_discretized=setup.is_discretized)


SEEDED = [
    Setup(
        "seeded",
        "initial weights, crops, masks or codes drawn in another order or shape than LeRobot's; codebooks"
        " of another width",
        {"n_vqvae_training_steps": 2, "gpt_hidden_dim": 16, "gpt_input_dim": 16, "crop_shape": (33, 36)},
        is_discretized=False, steps=4, whole=True,
    ),
    Setup(
        "seeded_sequential", "the secondary head drawn before the primary one",
        {"sequentially_select": True, "n_vqvae_training_steps": 1}, is_discretized=False, steps=3,
    ),
    Setup(
        "pretrained", "pretrained statistics that have not seen the black picture",
        {
            "use_group_norm": False, "pretrained_backbone_weights": "ResNet18_Weights.IMAGENET1K_V1",
            "n_vqvae_training_steps": 1, "optimizer_lr": 1e-5,
        },
        is_discretized=False, steps=2,
    ),
]  # fmt: skip


def make_float32(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.policies.vqbet.modeling_vqbet import VQBeTPolicy
    from lerobot.utils.random_utils import set_seed

    set_seed(SEED)
    config = config_of(setup)
    with filled_resnet():
        policy = VQBeTPolicy(config)
    tensors = under("weights", stored(setup, policy.state_dict()))
    generator = torch.Generator().manual_seed(SEED)
    vectors, pictures = batch_of(setup, config, torch.float32, generator)
    observations = observations_of(setup, torch.float32, generator)
    tensors |= under("batch", vectors) | without_pictures(observations)
    losses, norms, _, reports = train(policy, vectors | pictures, setup.steps)
    actions = observe(policy, observations)
    tensors |= {"losses": losses.double(), "norms": norms.double(), "actions": actions}
    tensors |= under("parts", parts_of(reports))
    # What the generator would draw next.
    tensors["next"] = torch.randint(0, 2**62, (1,))
    write(root, "vqbet", setup, config, tensors, batch=BATCH, steps=setup.steps, is_discretized=setup.is_discretized)


def cases() -> list[Case]:
    return cases_of("vqbet", SEED, (SETUPS, make_float64), (SEEDED, make_float32))
