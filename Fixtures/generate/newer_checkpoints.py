"""What LeRobot 0.6.1 writes: configuration files, processors, and checkpoints of tiny policies with the loss of a
stored batch.

Run by the Python of a virtual environment, LEROBOT_NEWER, that has `lerobot[training,diffusion]==0.6.1`.

newer.jsonl: per policy {"release", "policy", "train_config", "config", "preprocessor", "postprocessor"}.
checkpoint_0_6_1/ and answers_0_6_1.safetensors: as act_checkpoints.py has them for 0.4.2, with `loss_042`
beside `loss`: the L1 loss as 0.4.2 divides it, by all actions of a chunk and not by those that are there.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from generate.golden import Case

RELEASE = "0.6.1"
NAME = RELEASE.replace(".", "_")
FILES = "config/newer.jsonl"
POLICIES = ["act", "diffusion"]
STEPS = 3


def in_newer(function: str, *arguments: str) -> None:
    """Calls a function of this module in the Python that has the newer release."""
    newer = os.environ.get("LEROBOT_NEWER")
    assert newer, f"set LEROBOT_NEWER to a virtual environment with lerobot[training,diffusion]=={RELEASE}"
    command = f"from generate.newer_checkpoints import {function}; {function}(*{arguments!r})"
    environment = {"PYTHONPATH": str(Path("Fixtures").resolve()), "LEROBOT_NEWER": newer, "PYTHONHASHSEED": "0"}
    environment |= {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    environment |= {"CUDA_VISIBLE_DEVICES": "", "OMP_WAIT_POLICY": "passive", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run([f"{newer}/bin/python", "-c", command], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-4000:]


# MARK: - In the newer release


def run(policy: str) -> list[str]:
    """The run of 0.4.2's checkpoints under the newer names of its options."""
    from generate import act_checkpoints, diffusion_checkpoints

    options = act_checkpoints.POLICY if policy == "act" else diffusion_checkpoints.POLICY
    return [o.replace("--eval_freq", "--env_eval_freq") for o in [*act_checkpoints.RUN, *options]]


def write_files(target: str) -> None:
    import lerobot

    assert lerobot.__version__ == RELEASE
    with open(target, "w") as found:
        for policy in POLICIES:
            with tempfile.TemporaryDirectory() as folder:
                checkpoint = trained(Path(folder), policy)
                entry = {"release": RELEASE, "policy": policy}
                names = ["train_config", "config", "policy_preprocessor", "policy_postprocessor"]
                for name in names:
                    text = (checkpoint / "pretrained_model" / f"{name}.json").read_text()
                    entry[name.removeprefix("policy_")] = json.loads(text)
                found.write(json.dumps(entry) + "\n")


def write_checkpoint(policy: str, checkpoint: str, answers: str) -> None:
    from generate.act_checkpoints import DATASET, answer

    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(trained(Path(folder), policy), checkpoint)
        answer(Path(checkpoint), Path(folder) / DATASET, Path(answers))
    if policy == "act":
        add_older_loss(Path(checkpoint), Path(answers))


def trained(work: Path, policy: str) -> Path:
    from generate.act_checkpoints import DATASET, OUTPUT, train

    shutil.copytree(DATASET, work / DATASET)
    train(work, run(policy))
    return work / OUTPUT / "checkpoints" / f"{STEPS:06}"


def add_older_loss(checkpoint: Path, file: Path) -> None:
    """The same batch and draws, the sum of valid errors divided by all."""
    import torch
    from lerobot.configs.policies import PreTrainedConfig
    from lerobot.policies.factory import get_policy_class, make_pre_post_processors
    from lerobot.utils.random_utils import load_rng_state
    from safetensors.torch import load_file, save_file

    answers = load_file(file)
    batch = {key.removeprefix("batch/"): value for key, value in answers.items() if key.startswith("batch/")}
    config = PreTrainedConfig.from_pretrained(checkpoint / "pretrained_model")
    policy = get_policy_class("act").from_pretrained(checkpoint / "pretrained_model", config=config)
    before, _ = make_pre_post_processors(policy_cfg=config, pretrained_path=checkpoint / "pretrained_model")
    load_rng_state(checkpoint / "training_state")
    policy.train()
    outputs = []
    policy.model.register_forward_hook(lambda _, __, output: outputs.append(output))
    batch = before(batch)
    loss, parts = policy.forward(dict(batch))
    error = (batch["action"] - outputs[0][0]).abs() * ~batch["action_is_pad"].unsqueeze(-1)
    older = loss - parts["l1_loss"] + error.mean()
    save_file({**answers, "loss_042": older.detach().reshape(())}, file)


# MARK: - Cases


def make_checkpoint(root: Path, policy: str) -> None:
    folder = root / f"policies/{policy}"
    folder.mkdir(parents=True, exist_ok=True)
    in_newer("write_checkpoint", policy, f"{folder}/checkpoint_{NAME}", f"{folder}/answers_{NAME}.safetensors")


def cases() -> list[Case]:
    found = [
        Case(
            name="config/newer",
            files=[FILES],
            catches="a field of LeRobot 0.6 that is dropped without a word, or one that stops a run it does not change",
            make=lambda root: in_newer("write_files", str(root / FILES)),
            heavy=True,
        )
    ]
    for policy in POLICIES:
        found.append(
            Case(
                name=f"policies/{policy}_checkpoint_{NAME}",
                files=[f"policies/{policy}/checkpoint_{NAME}/", f"policies/{policy}/answers_{NAME}.safetensors"],
                seed=1000,
                tolerance=1e-4,
                catches="a checkpoint of LeRobot 0.6 that loads with other weights, statistics or generators",
                make=lambda root, policy=policy: make_checkpoint(root, policy),
                heavy=True,
            )
        )
    return found
