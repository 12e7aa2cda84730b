"""Run folders that look like real ones: what a page shows, without training for hours."""

from __future__ import annotations

import json
import math
import random
import time
from pathlib import Path

BEGAN = 1_790_000_000
SETTINGS = [
    ("dataset.repo_id", "lerobot/pusht", "command line: --dataset.repo_id=lerobot/pusht"),
    ("policy.type", "act", "command line: --policy.type=act"),
    ("policy.repo_id", None, "default"),
    ("policy.chunk_size", 100, "default"),
    ("policy.optimizer_lr", 1e-5, "default"),
    ("policy.optimizer_lr_backbone", 1e-5, "default"),
    ("policy.normalization_mapping", {"VISUAL": "MEAN_STD", "STATE": "MEAN_STD", "ACTION": "MEAN_STD"}, "default"),
    ("output_dir", "outputs/train/act_pusht", "command line: --output_dir=outputs/train/act_pusht"),
    ("job_name", "act_pusht", "derived"),
    ("seed", 1000, "default"),
    ("batch_size", 64, "command line: --batch_size=64"),
    ("steps", 20000, "command line: --steps=20000"),
    ("eval_freq", 2000, "train_config.json, line 61"),
    ("log_freq", 50, "default"),
    ("optimizer.type", "adamw", "preset of the policy"),
    ("optimizer.lr", 1e-5, "preset of the policy"),
    ("optimizer.betas", [0.9, 0.999], "preset of the policy"),
    ("eval.n_episodes", 50, "default"),
    ("eval.batch_size", 50, "default"),
    ("wandb.enable", False, "default"),
    ("wandb.notes", "", "default"),
]


class Run:
    """A run's folder, written line by line."""

    def __init__(self, folder: Path, name: str, steps: int, seed: int, began: float = BEGAN, every: int = 50):
        folder.mkdir(parents=True)
        (self.folder, self.name, self.steps, self.every) = (folder, name, steps, every)
        (self.clock, self.lines, self.processes) = (began, [], [])
        self.random = random.Random(seed)
        self.speed = 1 + seed / 10
        self.settings = [list(setting) for setting in SETTINGS]

    def begin(self, step: int, resumed: bool = False) -> None:
        command = ["lerobot-train", *(s[2].split(": ", 1)[1] for s in self.settings if s[2].startswith("command"))]
        if resumed:
            command = ["lerobot-train", "--resume=true", f"--config_path={self.folder}/checkpoints/last/train config"]
        identity = {"host": "gpu-07", "pid": 4242 + len(self.processes), "start": "1", "place": ""}
        self.processes.append(
            {"began": self.clock, "first_step": step, "command": command, "identity": identity, "ending": None})  # fmt: skip

    def end(self, kind: str, step: int) -> None:
        self.processes[-1]["ending"] = {"kind": kind, "step": step, "time": self.clock + 1}

    def train(self, first: int, last: int, nan: range = range(0), evaluate: int = 2000) -> None:
        for step in range(first + self.every, last + 1, self.every):
            self.lines.append(self.training(step, step in nan))
            if evaluate and step % evaluate == 0:
                self.lines.append(self.evaluation(step))

    def training(self, step: int, is_nan: bool) -> dict:
        draw = self.random
        l1 = 0.9 * math.exp(-step / 900 / self.speed) + 0.12 * math.exp(-step / 9000) + 0.022
        l1 *= math.exp(draw.gauss(0, 0.09))
        kld = (4.0 * math.exp(-step / 350) + 0.004) * math.exp(draw.gauss(0, 0.18))
        rate = 1e-5 * min(1, step / 500) * (0.5 + 0.5 * math.cos(math.pi * step / self.steps))
        update = 0.118 * math.exp(draw.gauss(0, 0.03))
        wait = 0.004 * math.exp(draw.gauss(0, 0.5)) + (0.09 if draw.random() < 0.02 else 0)
        self.clock += (update + wait) * self.every * 1.01
        values = {
            "loss": l1 + 10 * kld, "grad_norm": (60 * math.exp(-step / 500) + 2.2) * math.exp(draw.gauss(0, 0.22)),
            "lr": rate, "update_s": update, "dataloading_s": wait, "l1_loss": l1, "kld_loss": kld,
        }  # fmt: skip
        if is_nan:
            values |= {"loss": math.nan, "grad_norm": math.inf, "kld_loss": math.nan}
        return self.counts(step) | values | {
            "time": self.clock, "memory": int(3.1e9 + 4e8 * (1 - math.exp(-step / 3000)) + draw.gauss(0, 6e6)),
            "learning_rates": [rate, rate / 2],
        }  # fmt: skip

    def counts(self, step: int) -> dict:
        return {"steps": step, "samples": step * 64, "episodes": step * 64 / 124.5, "epochs": step * 64 / 25650}

    def evaluation(self, step: int) -> dict:
        self.clock += 95
        success = max(0.0, min(100.0, 78 * (1 - math.exp(-step / 8000 * self.speed)) + self.random.gauss(0, 5)))
        success = round(success / 2) * 2.0
        folder = f"eval/videos_step_{step:06d}/pusht_0"
        return self.counts(step) | {
            "avg_sum_reward": 60 + success * 0.9 + self.random.gauss(0, 4), "pc_success": success, "eval_s": 94.2,
            "avg_max_reward": 0.45 + success / 190, "n_episodes": 50, "time": self.clock, "memory": 3_500_000_000,
            "videos": [f"{folder}/eval_episode_{number}.mp4" for number in range(4)],
        }  # fmt: skip

    def write(self) -> Path:
        lines = "".join(json.dumps(line) + "\n" for line in self.lines)
        (self.folder / "metrics.jsonl").write_text(lines)
        (self.folder / "run.json").write_text(json.dumps(self.description(), indent=1))
        return self.folder

    def description(self) -> dict:
        machine = {
            "host": "gpu-07", "system": "Debian GNU/Linux 12 (bookworm)", "processor": "AMD EPYC 9354 32-Core Processor",
            "threads": 16, "memory": 128 << 30, "device": "NVIDIA H200",
        }  # fmt: skip
        return {
            "name": self.name, "steps": self.steps, "batch_size": 64, "world_size": 1, "frames": 25650, "episodes": 206,
            "learnable_parameters": 51_597_190, "parameters": 51_613_582,
            "parameter_groups": ["policy", "backbone"], "machine": machine, "processes": self.processes,
            "versions": {"lerobot-train": "0.2.0", "follows LeRobot": "0.4.2", "libtorch": "2.13.0"},
            "config": {"policy": {"type": "act"}, "dataset": {"repo_id": "lerobot/pusht"}, "log_freq": self.every},
            "settings": self.settings,
        }  # fmt: skip


def write_pictures(folder: Path) -> None:
    """First-batch pictures: a block in a plane, seen by two cameras."""
    from PIL import Image, ImageDraw

    (folder / "first_batch").mkdir()
    for camera, size in [("observation.images.top", 96), ("observation.images.wrist", 128)]:
        image = Image.new("RGB", (size * 8, size), "white")
        draw = ImageDraw.Draw(image)
        for sample in range(8):
            (x, y) = (sample * size, size // 4 + 4 * sample)
            draw.rectangle([x, 0, x + size - 1, size - 1], outline="#bbbbbb", fill="#f3f3ee")
            draw.rectangle([x + 20, y, x + 60, y + 12], fill="#8899aa")
            draw.rectangle([x + 34, y + 12, x + 46, y + 44], fill="#8899aa")
            draw.ellipse([x + 62, 30, x + 74, 42], fill="#4169e1")
        image.save(folder / "first_batch" / f"{camera}.jpg", quality=88)


def make(folder: Path) -> list[Path]:
    """A finished run that was resumed, one that runs and one that was killed."""
    finished = Run(folder / "act_pusht", "act_pusht", 20000, seed=1)
    finished.begin(0)
    finished.train(0, 9000, nan=range(6100, 6400))
    finished.end("interrupted", 9000)
    finished.clock += 4000
    finished.begin(9000, resumed=True)
    finished.train(9000, 20000)
    finished.end("finished", 20000)
    running = Run(folder / "act_pusht_large_batch", "act_pusht <script>alert('&')</script>", 20000, 3, time.time() - 1500)
    running.begin(0)
    running.settings[10] = ["batch_size", 128, "command line: --batch_size=128"]
    running.settings.append(["wandb.notes", "</script><script>console.error('broken')</script>", "command line"])
    running.train(0, 11450)
    crashed = Run(folder / "act_pusht_seed_2000", "act_pusht", 20000, seed=6)
    crashed.settings[9] = ["seed", 2000, "command line: --seed=2000"]
    crashed.begin(0)
    crashed.train(0, 3350, nan=range(3300, 9000), evaluate=1000)
    runs = [run.write() for run in (finished, running, crashed)]
    identity_here(runs[1], is_running=True)
    identity_here(runs[2], is_running=False)
    for run in runs[:2]:
        write_pictures(run)
    return runs


def identity_here(run: Path, is_running: bool) -> None:
    """Lets this process, or one that is gone, be the one that trains."""
    import os
    import socket

    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    place = f"{boot} {os.readlink('/proc/self/ns/pid')}"
    start = fields[19] if is_running else "0"
    description = json.loads((run / "run.json").read_text())
    description["processes"][-1]["identity"] = {
        "host": socket.gethostname(), "pid": os.getpid(), "start": start, "place": place}  # fmt: skip
    (run / "run.json").write_text(json.dumps(description, indent=1))
