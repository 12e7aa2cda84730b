"""The trainings and datasets that are measured."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from . import models
from .contenders import Contenders
from .processes import OUTPUT, ROOT, Failed, run

DEMO = ROOT / "Fixtures/datasets/pusht_demo"
FRAMES = 200  # in a dataset that is made
SMALL = ["--policy.dim_model=128", "--policy.n_heads=4", "--policy.dim_feedforward=512",
         "--policy.chunk_size=16", "--policy.n_action_steps=16"]  # fmt: skip
TINY = ["--policy.dim_model=64", "--policy.n_heads=2", "--policy.dim_feedforward=128",
        "--policy.n_encoder_layers=1", "--policy.chunk_size=8", "--policy.n_action_steps=8"]  # fmt: skip
ACT = ["--policy.type=act", "--policy.pretrained_backbone_weights=null"]
DIFFUSION = ["--policy.type=diffusion"]
VQBET = ["--policy.type=vqbet"]
TDMPC = ["--policy.type=tdmpc"]
MODEL = OUTPUT / "models/smolvlm"
SMOLVLA = ["--policy.type=smolvla", f"--policy.vlm_model_name={MODEL}", "--policy.load_vlm_weights=true"]
PI_SIZES, PI_TOKENIZER = ROOT / "Scripts/benching/pi_sizes.json", ROOT / "Fixtures/text/gemma"
PI_PEER = str(ROOT / "Scripts/benching/pi_peer.py")
EVERYTHING = ["--policy.train_expert_only=false", "--policy.freeze_vision_encoder=false"]


@dataclass(frozen=True)
class Job:
    """A training: what Scripts/bench gives to every contender alike."""

    title: str
    dataset: str  # a name that Datasets knows
    policy: list[str]
    batch: int
    steps: int
    rounds: int
    skipped: int = 1  # steps at the beginning that are not counted
    workers: int = 2
    device: str = "cpu"
    log_every: int = 1
    others: list[str] = field(default_factory=list)
    tuned_as: str | None = None  # takes LeRobot's best setting from that job
    needs: str | None = None  # a module of Python that LeRobot does not bring
    own: list[str] = field(default_factory=list)  # for this program alone
    runner: str | None = None  # a script that changes LeRobot first

    def arguments(self, root: Path, folder: Path, **changed) -> list[str]:
        numbers = {"steps": self.steps, "batch_size": self.batch, "num_workers": self.workers,
                   "log_freq": self.log_every, "save_checkpoint": "false"} | changed  # fmt: skip
        return [f"--dataset.repo_id=local/{self.dataset}", f"--dataset.root={root}", *self.policy,
                "--policy.push_to_hub=false", f"--policy.device={self.device}", "--eval_freq=0",
                *self.others, *(f"--{name}={value}" for name, value in numbers.items()),
                f"--output_dir={folder}"]  # fmt: skip


def pi_job(policy: str, kind: str) -> Job:
    """At a width that LeRobot trains, too, on a small machine; its 8 heads are written into it."""
    return Job(
        f"{policy} of reduced width, {kind}, everything trained, 96x96, batch 2", "demo",
        [f"--policy.type={policy}", f"--policy.dtype={kind}"], 2, steps=5, rounds=3, needs="transformers",
        own=[f"--policy_sizes={PI_SIZES}", f"--tokenizer_path={PI_TOKENIZER}"], runner=PI_PEER,
    )  # fmt: skip


JOBS = {
    "act": Job("ACT, full size, one camera of 480x640, batch 8", "camera", ACT, 8, steps=4, rounds=3),
    "act2": Job("ACT, full size, two cameras of 480x640, batch 8", "two_cameras", ACT, 8, steps=3, rounds=2,
                tuned_as="act"),
    "small": Job("ACT, small, 96x96, batch 16", "demo", [*ACT, *SMALL], 16, steps=42, rounds=3, skipped=2),
    "diffusion": Job("Diffusion, default, 96x96, batch 8", "demo", DIFFUSION, 8, steps=5, rounds=3),
    "vqbet": Job("VQ-BeT, default, second phase, 96x96, batch 8", "demo",
                 [*VQBET, "--policy.n_vqvae_training_steps=2"], 8, steps=8, rounds=3, skipped=3),
    "quantizer": Job("VQ-BeT, default, first phase, one camera of 480x640, batch 8", "camera", VQBET, 8,
                     steps=12, rounds=3, skipped=2),
    "tdmpc": Job("TD-MPC, default, 96x96, batch 8", "demo", TDMPC, 8, steps=8, rounds=3, skipped=2),
    "smolvla": Job("SmolVLA, full size, random weights, the expert alone, one camera of 480x640, batch 2", "camera",
                   SMOLVLA, 2, steps=4, rounds=3, needs="transformers"),
    "smolvla_all": Job("SmolVLA, full size, random weights, everything trained, one camera of 480x640, batch 2",
                       "camera", [*SMOLVLA, *EVERYTHING], 2, steps=4, rounds=3, tuned_as="smolvla",
                       needs="transformers"),
    "pi0": pi_job("pi0", "float32"),
    "pi05": pi_job("pi05", "bfloat16"),
}  # fmt: skip
START = Job("From launch to the end of the first step, tiny ACT, 96x96, batch 8, 4 workers", "demo",
            [*ACT, *TINY], 8, steps=1, rounds=5, workers=4)  # fmt: skip
SAVE = Job("Saving, full-size ACT", "camera", ACT, 1, steps=6, rounds=2, workers=0)
EVALUATED = Job("Evaluation in PushT, small ACT", "demo", [*ACT, *SMALL], 8, steps=2, rounds=1)


def cuda_jobs() -> dict[str, Job]:
    """Default ACT and Diffusion on a GPU: log lines seldom, for steps are short."""
    found = {}
    for name, dataset, policy in (("ACT, 480x640", "camera", ACT), ("Diffusion, 96x96", "demo", DIFFUSION)):
        for batch, steps in ((8, 200), (64, 80)):
            found[f"{name}, batch {batch}"] = Job(
                name, dataset, policy, batch, steps=steps, rounds=1, skipped=steps // 2, workers=8,
                device="cuda", log_every=steps // 8)  # fmt: skip
    return found


def make_model(job: Job) -> None:
    """The model that a job's policy is built around, where it is not there yet; kept in outputs/bench."""
    if any(str(MODEL) in option for option in job.policy) and not MODEL.exists():
        aside = MODEL.with_name(".smolvlm")
        shutil.rmtree(aside, ignore_errors=True)
        models.make(aside)
        aside.rename(MODEL)


class Datasets:
    """The datasets by name; what is missing is made once, by LeRobot, and kept in outputs/bench."""

    def __init__(self, camera: Path, contenders: Contenders):
        self.source, self.contenders = camera, contenders

    def path(self, name: str) -> Path:
        if name == "demo":
            return DEMO
        if name == "camera":
            return self.source if self.source.exists() else self.made("wide", DEMO)
        return self.made(name, self.path("camera"))

    def made(self, kind: str, source: Path) -> Path:
        folder = OUTPUT / "datasets" / kind
        if not folder.exists():
            if not self.contenders.lerobot:
                raise Failed(f"the dataset {kind} is not there, and only LeRobot can make it")
            folder.parent.mkdir(parents=True, exist_ok=True)
            maker = ROOT / "Scripts/benching/make_datasets.py"
            run([self.contenders.lerobot.program, maker, kind, source, folder, FRAMES])
        return folder
