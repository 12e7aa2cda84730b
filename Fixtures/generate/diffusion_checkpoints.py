"""A checkpoint of a tiny Diffusion Policy, made and answered as those of act_checkpoints.py."""

from generate.act_checkpoints import checkpoint_cases, make_checkpoint
from generate.golden import Case

# No camera, hence no backbone. 9 and 7 frames less the last of each, in batches of 4.
POLICY = [
    "--policy.type=diffusion", "--policy.device=cpu", "--policy.push_to_hub=false",
    "--policy.horizon=4", "--policy.n_action_steps=2", "--policy.drop_n_last_frames=1",
    "--policy.down_dims=[8]", "--policy.n_groups=4", "--policy.kernel_size=3",
    "--policy.diffusion_step_embed_dim=4", "--policy.num_train_timesteps=5",
    "--policy.scheduler_warmup_steps=2",
]  # fmt: skip


def cases() -> list[Case]:
    catches = (
        "weights under other names or in another order; Adam's preset beside its schedule",
        "a state that resuming loses, or a permutation of episodes drawn by the other sampler",
    )
    return checkpoint_cases(
        "diffusion", "adam", catches, lambda root: make_checkpoint(root, "adam", POLICY, "diffusion")
    )
