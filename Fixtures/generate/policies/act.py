"""What LeRobot's ACT computes, in float64 with recorded draws and in float32 with seeded ones.

A float64 case holds weights, a batch, every dropout mask and normal draw in call order, and LeRobot's
answers: losses and gradient norms of three AdamW steps, all gradients of the first, all parameters
after the third, and the actions for a series of observations.

A residual network is too large to store, and so are the projection of its features and pictures: they
are filled by formulas that the Swift tests repeat, gradients and new weights are stored as digests.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generate.golden import Case
from generate.policies.formulas import digest, fill, unit

SEED = 20
BATCH = 2
STEPS = 3
OBSERVATIONS = 5
WIDTHS = {"observation.state": 3, "observation.environment_state": 2, "action": 2}


@dataclass(frozen=True)
class Setup:
    """A configuration and what it would catch."""

    name: str
    catches: str
    options: dict = field(default_factory=dict)
    cameras: int = 0
    picture: tuple[int, int] = (64, 96)
    has_state: bool = True
    has_environment: bool = True
    clip: float = 10.0


SETUPS = [
    Setup("plain", "a wrong formula anywhere in the default ACT without cameras"),
    Setup("gelu", "gelu by its tanh form", {"feedforward_activation": "gelu"}),
    Setup("no_vae", "a latent that is not zero, or a KL term, without the VAE", {"use_vae": False}),
    Setup(
        "pre_norm",
        "norms in the wrong place, a missing final norm, one decoder layer for two",
        {"pre_norm": True, "n_decoder_layers": 2},
    ),
    Setup(
        "no_state", "tokens, positions or the padding mask counted as if there were a state",
        has_state=False,
    ),
    Setup(
        "no_dropout", "dropout drawn or scaled when its probability is zero; a KL weight of one",
        {"dropout": 0.0, "kl_weight": 3.0},
    ),
    Setup("clipped", "gradients clipped per tensor, or after the step", clip=0.05),
    Setup(
        "queue", "a queue that takes the whole chunk, or replans too early",
        {"chunk_size": 4, "n_action_steps": 2},
    ),
    Setup(
        "ensemble", "ensemble weights from the newest prediction, or not renormalised",
        {"n_action_steps": 1, "temporal_ensemble_coeff": 0.3},
    ),
    Setup(
        "one_camera", "pixels or their positions in another order; the backbone at the wrong rate",
        cameras=1, has_environment=False,
    ),
    Setup(
        "two_cameras", "cameras exchanged, or each with a backbone of its own",
        cameras=2, picture=(64, 32),
    ),
    Setup(
        "dilated", "stride, padding or dilation of a bottleneck in the wrong place",
        {"vision_backbone": "resnet50", "replace_final_stride_with_dilation": True},
        cameras=1, picture=(32, 64),
    ),
] + [
    Setup(
        backbone, "blocks miscounted or mistyped", {"vision_backbone": backbone},
        cameras=1, picture=(32, 32), has_environment=False,
    )
    for backbone in ("resnet34", "resnet50", "resnet101", "resnet152")
]


def is_large(name: str) -> bool:
    return "backbone" in name or name.endswith("img_feat_input_proj.weight")


def config_of(setup: Setup):
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.act.configuration_act import ACTConfig

    inputs = {}
    if setup.has_state:
        inputs["observation.state"] = PolicyFeature(FeatureType.STATE, (3,))
    if setup.has_environment:
        inputs["observation.environment_state"] = PolicyFeature(FeatureType.ENV, (2,))
    for camera in range(setup.cameras):
        inputs[f"observation.images.{camera}"] = PolicyFeature(FeatureType.VISUAL, (3, *setup.picture))
    options = {
        "dim_model": 8, "n_heads": 2, "dim_feedforward": 6, "chunk_size": 3, "n_action_steps": 3,
        "n_encoder_layers": 1, "n_vae_encoder_layers": 2, "latent_dim": 4, "dropout": 0.25,
        "optimizer_lr": 1e-3, "optimizer_lr_backbone": 1e-4, "optimizer_weight_decay": 0.02,
    }
    options |= setup.options
    return ACTConfig(
        input_features=inputs,
        output_features={"action": PolicyFeature(FeatureType.ACTION, (2,))},
        device="cpu", push_to_hub=False, pretrained_backbone_weights=None, **options,
    )


def batch_of(setup: Setup, dtype, generator, chunk: int):
    """A training batch; the state is there even if the policy has none, as LeRobot demands."""
    import torch

    batch = {
        key: torch.randn(BATCH, width, generator=generator, dtype=dtype)
        for key, width in WIDTHS.items()
        if key != "action"
    }
    batch["action"] = torch.randn(BATCH, chunk, 2, generator=generator, dtype=dtype)
    batch["action_is_pad"] = torch.zeros(BATCH, chunk, dtype=torch.bool)
    batch["action_is_pad"][0, chunk - 2 :] = True
    return batch | pictures(setup, 0, dtype)


def pictures(setup: Setup, moment: int, dtype):
    import torch

    shape = (BATCH, 3, *setup.picture)
    count = BATCH * 3 * setup.picture[0] * setup.picture[1]
    return {
        f"observation.images.{camera}": torch.from_numpy(
            unit(count, 1000 + 10 * moment + camera)
        ).reshape(shape).to(dtype)
        for camera in range(setup.cameras)
    }


@contextmanager
def recorded(draws: dict, generator):
    """Dropout masks and normal draws from `generator`, kept; what is float32 by name is float64."""
    import torch
    from torch.nn import functional

    originals = (
        functional.dropout, torch.randn_like, torch.Tensor.cumsum, torch.arange, torch.zeros,
    )

    def dropout(x, p=0.5, training=True, inplace=False):
        if not training or p == 0:
            return x
        mask = torch.rand(x.shape, generator=generator, dtype=torch.float64) >= p
        draws[f"draws/{len(draws):03d}"] = mask.to(torch.uint8)
        return x * mask / (1 - p)

    def randn_like(x):
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        draws[f"draws/{len(draws):03d}"] = noise
        return noise

    def cumsum(x, dim, dtype=None):
        return originals[2](x, dim, dtype=torch.float64)

    def widened(make):
        def wide(*arguments, **keywords):
            if keywords.get("dtype") == torch.float32:
                keywords["dtype"] = torch.float64
            return make(*arguments, **keywords)

        return wide

    def patch(dropout, randn_like, cumsum, arange, zeros):
        functional.dropout, torch.randn_like, torch.Tensor.cumsum = dropout, randn_like, cumsum
        torch.arange, torch.zeros = arange, zeros

    patch(dropout, randn_like, cumsum, widened(torch.arange), widened(torch.zeros))
    try:
        yield
    finally:
        patch(*originals)


def train(policy, batch, clip: float, steps: int):
    """AdamW steps as LeRobot's update_policy takes them: losses, norms, parts, first gradients."""
    import torch

    optimizer = policy.config.get_optimizer_preset().build(policy.get_optim_params())
    policy.train()
    losses, norms, parts, gradients = [], [], [], {}
    for step in range(steps):
        loss, part = policy.forward(batch)
        loss.backward()
        if step == 0:
            gradients = {n: p.grad.clone() for n, p in policy.named_parameters()}
        norms.append(torch.nn.utils.clip_grad_norm_(policy.parameters(), clip))
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.detach())
        parts.append(torch.tensor([part["l1_loss"], part.get("kld_loss", 0.0)], dtype=loss.dtype))
    return torch.stack(losses), torch.stack(norms), torch.stack(parts), gradients


def observe(policy, setup: Setup, generator, dtype):
    """Actions for a series of observations, the policy being reset before."""
    import torch

    policy.eval()
    policy.reset()
    tensors, actions = {}, []
    for moment in range(OBSERVATIONS):
        observation = {
            key: torch.randn(BATCH, width, generator=generator, dtype=dtype)
            for key, width in WIDTHS.items()
            if key != "action"
        }
        tensors |= {f"observations/{moment}/{key}": value for key, value in observation.items()}
        actions.append(policy.select_action(observation | pictures(setup, moment, dtype)))
    return tensors | {"actions": torch.stack(actions)}


def make_float64(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.policies.act.modeling_act import ACTPolicy
    from safetensors.torch import save_file

    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    config = config_of(setup)
    policy = ACTPolicy(config).double()
    if setup.options.get("temporal_ensemble_coeff"):
        # No module, so .double() passes it by.
        ensembler = policy.temporal_ensembler
        moments = torch.arange(config.chunk_size, dtype=torch.float64)
        ensembler.ensemble_weights = torch.exp(-config.temporal_ensemble_coeff * moments)
        ensembler.ensemble_weights_cumsum = torch.cumsum(ensembler.ensemble_weights, dim=0)
    state = policy.state_dict()
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(state.items()):
            if is_large(name):
                tensor.copy_(fill(name, tuple(tensor.shape), seed))
            elif not name.endswith("pos_enc"):
                tensor += 0.2 * torch.randn(tensor.shape, generator=generator, dtype=torch.float64)

    def stored(tensors):
        return {
            name: digest(value) if is_large(name) else value.detach().clone()
            for name, value in tensors.items()
        }

    def under(folder, tensors):
        return {f"{folder}/{name}": value for name, value in tensors.items()}

    tensors = under("weights", {n: t.clone() for n, t in state.items() if not is_large(n)})
    batch = batch_of(setup, torch.float64, generator, config.chunk_size)
    tensors |= under("batch", {k: v for k, v in batch.items() if "images" not in k})
    draws: dict = {}
    with recorded(draws, generator):
        answers = train(policy, batch, setup.clip, STEPS)
        tensors |= observe(policy, setup, generator, torch.float64)
    tensors |= draws
    tensors |= dict(zip(("losses", "norms", "parts"), answers[:3]))
    tensors |= under("gradients", stored(answers[3]))
    tensors |= under("after", stored(dict(policy.named_parameters())))
    folder = root / "policies/act"
    folder.mkdir(parents=True, exist_ok=True)
    save_file({n: t.contiguous() for n, t in tensors.items()}, folder / f"{setup.name}.safetensors")
    (folder / f"{setup.name}.json").write_text(describe(setup, config))


def describe(setup: Setup, config) -> str:
    """What a test must set to build the same policy."""
    keys = [
        "dim_model", "n_heads", "dim_feedforward", "feedforward_activation", "pre_norm",
        "chunk_size", "n_action_steps", "n_encoder_layers", "n_decoder_layers",
        "n_vae_encoder_layers", "use_vae", "latent_dim", "dropout", "kl_weight",
        "temporal_ensemble_coeff", "vision_backbone", "replace_final_stride_with_dilation",
        "optimizer_lr", "optimizer_lr_backbone", "optimizer_weight_decay",
    ]
    options = {key: getattr(config, key) for key in keys}
    options["replace_final_stride_with_dilation"] = bool(config.replace_final_stride_with_dilation)
    features = {
        key: {"type": feature.type.value, "shape": list(feature.shape)}
        for key, feature in config.input_features.items()
    }
    return json.dumps(
        {"config": options, "inputs": features, "clip": setup.clip, "batch": BATCH}, indent=1
    )


SEEDED = [
    Setup(
        "seeded", "initial weights, masks or noise drawn in another order or shape than LeRobot's"
    ),
    Setup(
        "seeded_camera", "a backbone whose overwritten draws are left out", cameras=1, picture=(64, 64)
    ),
]


def make_float32(setup: Setup, root: Path) -> None:
    import torch
    from lerobot.policies.act.modeling_act import ACTPolicy
    from lerobot.utils.random_utils import set_seed
    from safetensors.torch import save_file

    set_seed(SEED)
    config = config_of(setup)
    policy = ACTPolicy(config)
    state = policy.state_dict()
    tensors = {
        f"weights/{name}": digest(value.double()) if is_large(name) else value.clone()
        for name, value in state.items()
    }
    generator = torch.Generator().manual_seed(SEED)
    batch = batch_of(setup, torch.float32, generator, config.chunk_size)
    tensors |= {f"batch/{k}": v for k, v in batch.items() if "images" not in k}
    losses, norms, _, _ = train(policy, batch, setup.clip, 5)
    tensors |= {"losses": losses.double(), "norms": norms.double()}
    folder = root / "policies/act"
    folder.mkdir(parents=True, exist_ok=True)
    save_file({n: t.contiguous() for n, t in tensors.items()}, folder / f"{setup.name}.safetensors")
    (folder / f"{setup.name}.json").write_text(describe(setup, config))


def cases() -> list[Case]:
    return [
        Case(
            name=f"policies/act/{setup.name}",
            files=[f"policies/act/{setup.name}.json", f"policies/act/{setup.name}.safetensors"],
            seed=SEED,
            catches=setup.catches,
            make=lambda root, setup=setup, make=make: make(setup, root),
            tolerance=tolerance,
        )
        for setups, make, tolerance in ((SETUPS, make_float64, 1e-10), (SEEDED, make_float32, 1e-4))
        for setup in setups
    ]
