"""Runs LeRobot, our program and `wandb sync` against a server on loopback, with nothing of the user's settings."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The decoder that LeRobot brings along.
DATASET = ["--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo", "--dataset.video_backend=pyav"]
# A run of seconds: everything that LeRobot logs happens in it twice.
SHORT = [
    "--batch_size=2", "--num_workers=0", "--policy.device=cpu", "--policy.push_to_hub=false", "--log_freq=2", "--env.type=pusht",
    "--env.episode_length=20", "--eval.n_episodes=1", "--eval.batch_size=1",
]  # fmt: skip
EVALUATED = ["--steps=8", "--save_freq=4", "--eval_freq=4"]
# More steps, without evaluations: something to kill in the middle of.
LONGER = ["--steps=40", "--save_freq=10", "--eval_freq=1000"]
POLICIES = {
    "act": [
        "--policy.type=act", "--policy.pretrained_backbone_weights=null", "--policy.dim_model=32", "--policy.n_heads=2",
        "--policy.dim_feedforward=32", "--policy.n_encoder_layers=1", "--policy.n_vae_encoder_layers=1", "--policy.latent_dim=8",
        "--policy.chunk_size=8", "--policy.n_action_steps=8",
    ],
    "diffusion": [
        "--policy.type=diffusion", "--policy.horizon=16", "--policy.n_action_steps=8", "--policy.down_dims=[16,32]",
        "--policy.kernel_size=3", "--policy.diffusion_step_embed_dim=16", "--policy.spatial_softmax_num_keypoints=8",
        "--policy.num_inference_steps=4",
    ],
}  # fmt: skip
TORCH = ROOT / ".deps/libtorch"
KEY = "0" * 40
SECONDS = 300


class Broken(Exception):
    """A program did not do what it had to; the message is one line."""


@dataclass
class Ended:
    """How a program ended."""

    status: int
    output: str
    seconds: float

    def must_succeed(self, what: str) -> "Ended":
        if self.status:
            lines = [line for line in self.output.strip().splitlines() if line.strip()][-4:]
            raise Broken(f"{what}: status {self.status}: " + " | ".join(line.strip()[:300] for line in lines))
        return self


@dataclass
class Contender:
    """A training program, and the Python environment with the wandb that it finds."""

    name: str
    command: list[str]
    environment: Path
    is_peer: bool = False

    def variables(self, folder: Path, address: str) -> dict[str, str]:
        """Our program computes with the checkout's libtorch, not with that of the environment that wandb comes from."""
        torch = {} if self.is_peer or not TORCH.exists() else {"LIBTORCH": os.environ.get("LIBTORCH", str(TORCH))}
        return variables(self.environment, folder, address) | torch

    def train(self, folder: Path, address: str, *arguments: str, watch: "Watch | None" = None) -> Ended:
        """A training that logs to the server, from its first step."""
        return run([*self.command, *arguments, "--wandb.enable=true", f"--output_dir={folder / 'run'}"],
                   self.variables(folder, address), watch)  # fmt: skip

    def resume(self, folder: Path, address: str, *arguments: str, watch: "Watch | None" = None) -> Ended:
        """The same training, from its last checkpoint on."""
        configuration = folder / "run/checkpoints/last/pretrained_model/train_config.json"
        return run([*self.command, "--resume=true", f"--config_path={configuration}", *arguments],
                   self.variables(folder, address), watch)  # fmt: skip


class Watch:
    """Does something when a line of the output has a text; each text once, in their order."""

    def __init__(self, *steps: tuple[str, Callable[[subprocess.Popen], None]]):
        self.steps = list(steps)

    def see(self, line: str, process: subprocess.Popen) -> None:
        if self.steps and self.steps[0][0] in line:
            self.steps.pop(0)[1](process)

    def must_be_done(self) -> None:
        if self.steps:
            raise Broken(f"the output never said {self.steps[0][0]!r}")


def variables(environment: Path, folder: Path, address: str) -> dict[str, str]:
    """The environment of a program: this one without what steers wandb, and all of wandb's folders in ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    places = {f"WANDB_{name}_DIR": str(folder / "wandb-own" / name.lower()) for name in ("CACHE", "CONFIG", "DATA", "ARTIFACT")}
    return kept | places | {
        "VIRTUAL_ENV": str(environment), "PATH": f"{environment}/bin:{os.environ['PATH']}", "NETRC": str(folder / "no-netrc"),
        "WANDB_BASE_URL": address, "WANDB_API_KEY": KEY, "WANDB_ERROR_REPORTING": "false",
        "WANDB_X_STATS_SAMPLING_INTERVAL": "0.25", "HF_HUB_OFFLINE": "1", "SDL_VIDEODRIVER": "dummy",
        "OMP_WAIT_POLICY": "passive", "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1", "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip


def run(
    command: list, environment: dict[str, str], watch: Watch | None = None, seconds: float = SECONDS, place: Path = ROOT
) -> Ended:
    """Runs a program to its end; one that takes too long is killed."""
    start = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command], cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)  # fmt: skip
    lines: list[str] = []
    reader = threading.Thread(target=read, args=(process, lines, watch), daemon=True)
    reader.start()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        lines.append(f"check_wandb: killed after {seconds:.0f} seconds\n")
    reader.join(5)
    return Ended(process.returncode, "".join(lines), time.monotonic() - start)


def read(process: subprocess.Popen, lines: list[str], watch: Watch | None) -> None:
    for line in process.stdout:
        lines.append(line)
        if watch:
            watch.see(line, process)


def kill(process: subprocess.Popen) -> None:
    os.kill(process.pid, signal.SIGKILL)


def kill_core(process: subprocess.Popen) -> None:
    """Kills the wandb-core that this program started: the one whose ancestor it is, or that names its process."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        words = command_of(pid)
        if words and Path(words[0]).name == "wandb-core" and (
            str(process.pid) in words or process.pid in ancestors(int(pid))
        ):  # fmt: skip
            os.kill(int(pid), signal.SIGKILL)
            return


def command_of(pid: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except OSError:
        return []


def ancestors(pid: int) -> list[int]:
    found = []
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            break
        found.append(pid)
    return found


def run_folders(folder: Path) -> list[Path]:
    """The folders that wandb logged into, oldest first."""
    named = re.compile(r"(offline-)?run-\d{8}_\d{6}-\w+")
    found = [path for path in (folder / "run/wandb").glob("*run-*") if named.fullmatch(path.name)]
    return sorted(found, key=lambda path: path.name.removeprefix("offline-"))


def sync(environment: Path, folder: Path, address: str, release: tuple[int, ...]) -> Ended:
    """Sends everything in a folder to the server as its owner would; the oldest first, each further one appended."""
    folders = run_folders(folder)
    if not folders:
        raise Broken(f"{folder / 'run/wandb'} holds no run")
    if release >= (0, 30):  # It sorts and appends by itself.
        asked = [["--yes", "--include-online", *folders]]
    else:
        asked = [[*(["--append"] if place else []), path] for place, path in enumerate(folders)]
    for arguments in asked:  # The program leaves a log where it is started.
        command = [environment / "bin/wandb", "sync", *arguments]
        ended = run(command, variables(environment, folder, address), seconds=120, place=folder)
        ended.must_succeed("wandb sync")
    return ended


def commit() -> str:
    """The commit that this checkout is at."""
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return said.stdout.strip() or "no commit"


def remove(folder: Path) -> None:
    """Removes a folder of an earlier check; wandb's copies of artifacts in it are read-only."""
    shutil.rmtree(folder)


def wandb_release(environment: Path) -> tuple[int, ...]:
    program = "import importlib.metadata; print(importlib.metadata.version('wandb'))"
    said = subprocess.run([environment / "bin/python", "-c", program], capture_output=True, text=True)
    if said.returncode:
        raise Broken(f"{environment} has no wandb")
    return tuple(int(part) for part in said.stdout.strip().split(".")[:2])
