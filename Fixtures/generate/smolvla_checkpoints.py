"""Checkpoints of a tiny SmolVLA, made and answered as those of act_checkpoints.py. Q-SMOLVLA-1 is mended."""

from pathlib import Path

from generate.act_checkpoints import checkpoint_cases, make_checkpoint, make_dataset
from generate.golden import Case

DATASET = "Fixtures/datasets/tiny_pictures"
MODEL = "Fixtures/models/smolvlm_narrow"
PROGRAM = (str(Path(__file__).resolve().parent / "smolvla_run.py"), "lerobot.scripts.lerobot_train")
POLICY = [
    "--policy.type=smolvla", "--policy.device=cpu", "--policy.push_to_hub=false",
    f"--policy.vlm_model_name={MODEL}", "--policy.num_vlm_layers=2", "--policy.expert_width_multiplier=1",
    "--policy.resize_imgs_with_padding=[16,16]", "--policy.chunk_size=4", "--policy.n_action_steps=2",
    "--policy.max_state_dim=4", "--policy.max_action_dim=5", "--policy.num_steps=3",
    "--policy.scheduler_warmup_steps=2", "--policy.scheduler_decay_steps=8",
]  # fmt: skip
PICTURE = {"dtype": "image", "shape": (12, 16, 3), "names": ["height", "width", "channels"]}
CASES = {
    "expert": [],
    "everything": [
        "--policy.train_expert_only=false", "--policy.freeze_vision_encoder=false", "--policy.num_vlm_layers=1",
        "--policy.self_attn_every_n_layers=-1",  # Q-SMOLVLA-9 gives unread queries moments
    ],
}
CATCHES = {
    "expert": "frozen weights in the optimizer's file, or left out of its groups; a task's tokens that a step"
    " of the processors loses",
    "everything": "moments for weights without a gradient; weights under other names or in another order",
}


def make(root: Path, name: str) -> None:
    from generate.policies.tiny_smolvlm import place_patches
    from transformers.models.smolvlm import modeling_smolvlm

    modeling_smolvlm.SmolVLMVisionEmbeddings.forward = place_patches  # for the answers
    make_checkpoint(root, name, [*POLICY, *CASES[name]], "smolvla", DATASET, PROGRAM, MODEL)


def cases() -> list[Case]:
    result = [
        Case(
            name="datasets/tiny_pictures",
            files=["datasets/tiny_pictures/"],
            seed=2,
            catches="a run with small pictures",
            make=lambda root: make_dataset(root / "datasets/tiny_pictures", {"observation.images.top": PICTURE}),
            heavy=True,
        )
    ]
    for name in CASES:
        catches = (CATCHES[name], "a state that resuming loses, or weights that are drawn or loaded once more")
        result += checkpoint_cases(
            "smolvla", name, catches, lambda root, name=name: make(root, name), DATASET, PROGRAM, MODEL
        )
    return result
