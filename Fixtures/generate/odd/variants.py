"""What an odd dataset is: a change to a base, and what is right for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

ACT = [
    "--policy.type=act",
    "--policy.dim_model=32",
    "--policy.n_heads=2",
    "--policy.dim_feedforward=64",
    "--policy.chunk_size=8",
    "--policy.n_action_steps=8",
    "--policy.n_encoder_layers=1",
    "--policy.n_vae_encoder_layers=1",
    "--policy.pretrained_backbone_weights=null",
    # The divergence would hide what the data does.
    "--policy.use_vae=false",
]
DIFFUSION = [
    "--policy.type=diffusion",
    "--policy.down_dims=[32,64]",
    "--policy.diffusion_step_embed_dim=32",
    "--policy.spatial_softmax_num_keypoints=8",
    "--policy.crop_shape=null",
]
POLICIES = {"act": ACT, "diffusion": DIFFUSION}
COMMON = [
    "--dataset.repo_id=local/odd",
    "--policy.push_to_hub=false",
    "--policy.device=cpu",
    "--steps=2",
    "--num_workers=0",
    "--log_freq=1",
    "--eval_freq=0",
    "--save_checkpoint=false",
]
BATCH = {"vectors": "--batch_size=8", "old": "--batch_size=8", "camera": "--batch_size=4"}


@dataclass(frozen=True)
class Outcome:
    """What a run should do.

    kind    "trains", "warns" (trains with a warning that `says` matches) or "error".
    losses  whose: "own" (LeRobot's for this dataset), a variant's or base's name, or "any".
    says    a pattern of the error or of one of the warnings, `silent` one that must not occur.
    """

    kind: str
    losses: str = "own"
    says: str | None = None
    silent: str | None = None


def trains(losses: str = "own") -> Outcome:
    return Outcome("trains", losses)


def warns(says: str, losses: str = "own") -> Outcome:
    return Outcome("warns", losses, says)


def refused(says: str, silent: str | None = None) -> Outcome:
    return Outcome("error", "any", says, silent)


@dataclass
class Variant:
    """One odd dataset: `edit` changes a copy of the base; any of `right` is right."""

    name: str
    base: str
    what: str
    edit: Callable
    right: list[Outcome]
    report: str | None = None
    policy: str = "act"
    arguments: list[str] = field(default_factory=list)
    # What LeRobot is changed by to learn the losses where it fails: a tolerance of times in seconds;
    # scalars of a width of one taken as vectors.
    tolerance: float | None = None
    widen: bool = False

    def command(self) -> list[str]:
        """All arguments but the dataset's folder; the variant's own take the place of others."""
        own = {argument.split("=")[0] for argument in self.arguments}
        common = [*COMMON, *POLICIES[self.policy], BATCH[self.base]]
        return [a for a in common if a.split("=")[0] not in own] + self.arguments


VARIANTS: dict[str, Variant] = {}


def odd(what: str, *right: Outcome, base="vectors", **fields):
    """Registers the function below as a variant of its name."""

    def register(edit: Callable) -> Callable:
        add(edit.__name__, what, edit, *right, base=base, **fields)
        return edit

    return register


def add(name: str, what: str, edit: Callable, *right: Outcome, base="vectors", **fields) -> None:
    assert name not in VARIANTS, f"two variants are called {name}"
    VARIANTS[name] = Variant(name, base, what, edit, list(right) or [trains()], **fields)
