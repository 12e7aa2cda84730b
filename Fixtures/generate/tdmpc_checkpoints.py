"""A checkpoint of a tiny TD-MPC, made and answered as those of act_checkpoints.py."""

from generate.act_checkpoints import checkpoint_cases, make_checkpoint, make_dataset
from generate.golden import Case

DATASET = "Fixtures/datasets/tiny_rewarded"
# No camera, hence no shift. At this learning rate values are far from the 0 where they begin, and
# candidates of the planner far from equal.
POLICY = [
    "--policy.type=tdmpc", "--policy.device=cpu", "--policy.push_to_hub=false", "--policy.horizon=3",
    "--policy.latent_dim=6", "--policy.mlp_dim=8", "--policy.state_encoder_hidden_dim=6",
    "--policy.q_ensemble_size=3", "--policy.cem_iterations=2", "--policy.n_gaussian_samples=16",
    "--policy.n_pi_samples=4", "--policy.n_elites=4", "--policy.optimizer_lr=0.02",
]  # fmt: skip


def cases() -> list[Case]:
    return [
        Case(
            name="datasets/tiny_rewarded",
            files=["datasets/tiny_rewarded/"],
            seed=2,
            catches="a run with rewards",
            make=lambda root: make_dataset(
                root / "datasets/tiny_rewarded",
                {"next.reward": {"dtype": "float32", "shape": (1,), "names": None}},
            ),
            heavy=True,
        ),
    ] + checkpoint_cases(
        "tdmpc", "adam",
        (
            "targets without a number in the optimizer, or with a state; NumPy's generator left alone",
            "a target that begins anew, or Qs chosen as the seed has it",
        ),
        lambda root: make_checkpoint(root, "adam", POLICY, "tdmpc", DATASET), DATASET,
    )  # fmt: skip
