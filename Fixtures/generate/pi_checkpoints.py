"""Checkpoints of a tiny π₀ and a tiny π₀.₅, made and answered as those of act_checkpoints.py."""

from pathlib import Path

from generate.act_checkpoints import checkpoint_cases, make_checkpoint
from generate.golden import Case
from generate.policies.tiny_paligemma import prepare
from generate.smolvla_checkpoints import DATASET

PROGRAM = (str(Path(__file__).resolve().parent / "pi_run.py"), "lerobot.scripts.lerobot_train")
POLICY = [
    "--policy.device=cpu", "--policy.push_to_hub=false", "--policy.image_resolution=[16,16]",
    "--policy.chunk_size=4", "--policy.n_action_steps=2", "--policy.max_action_dim=5",
    "--policy.num_inference_steps=3", "--policy.scheduler_warmup_steps=2",
    "--policy.scheduler_decay_steps=8", "--policy.optimizer_lr=1e-3",
]  # fmt: skip
CASES = {
    "pi0": ["--policy.type=pi0", "--policy.max_state_dim=4"],
    # The width of states stays: a policy that is loaded has no other (Q-PI-3).
    "pi05": ["--policy.type=pi05", "--policy.gradient_checkpointing=true"],
}
CATCHES = {
    "pi0": "a tied table that is written twice, or moments for a head that nothing reads",
    "pi05": "quantiles that a file loses; a prompt made of a state that is not scaled yet",
}


def make(root: Path, name: str) -> None:
    fixtures = Path(__file__).resolve().parent.parent
    prepare(fixtures / "models/pi_narrow/sizes.json", fixtures / "text/gemma")  # for the answers
    make_checkpoint(root, name, [*CASES[name], *POLICY], "pi", DATASET, PROGRAM)


def cases() -> list[Case]:
    result = []
    for name in CASES:
        catches = (CATCHES[name], "a state that resuming loses, or weights that are drawn once more")
        result += checkpoint_cases("pi", name, catches, lambda root, name=name: make(root, name), DATASET, PROGRAM)
    return result
