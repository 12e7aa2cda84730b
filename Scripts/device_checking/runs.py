"""Runs the training program, or a worker of ours, within the time that is left."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

STEP = re.compile(r"step:\S+ .*epch:([\d.]+) loss:.*updt_s:([\d.]+) data_s:([\d.]+)")
# The program warns and takes the CPU.
UNAVAILABLE = re.compile(r"WARNING .*not available( here; using|. Switching to)")
# What steers thread pools and allocators of one machine's user has no place in a check.
STEERING = re.compile(r"^(OMP|GOMP|KMP|MKL|MALLOC|LEROBOT|NVIDIA_TF32|TORCH_ALLOW)_|^LD_PRELOAD$|^HF_")
TAIL = 12
# Without TF32, whatever a program asks cuBLAS and cuDNN for; this program always asks for TF32, as LeRobot does.
STRICT = {"NVIDIA_TF32_OVERRIDE": "0"}


class Failed(Exception):
    """What went wrong, in a line, and the last log lines."""

    def __init__(self, reason: str, log: list | None = None):
        super().__init__(reason)
        self.log = (log or [])[-TAIL:]


class LeftOut(Exception):
    """The time was up."""


class Budget:
    """The time of the whole check, of which each part may use a share beside what others left over."""

    def __init__(self, minutes: float):
        self.began = time.monotonic()
        self.end = self.began + 60 * minutes
        self.part_end = self.end

    def begin_part(self, share: float) -> None:
        """`share`: of the whole time, those of the parts before included."""
        self.part_end = self.began + share * (self.end - self.began)

    def limit(self, seconds: float) -> float:
        """How long something may take that should take less than `seconds`."""
        now = time.monotonic()
        if now > self.part_end or now > self.end - 5:
            raise LeftOut("the time was up")
        # A program that hangs takes no more of the next part than a moment.
        return min(seconds, self.end - now, self.part_end - now + 20)


@dataclass
class Line:
    """A line of the log that tells of steps."""

    at: float  # of time.monotonic()
    epoch: float
    update: float
    data: float


@dataclass
class Run:
    """What a training left."""

    folder: Path
    trace_path: Path
    lines: list = field(default_factory=list)

    def trace(self) -> list:
        """The steps of its trace."""
        records = [json.loads(line) for line in self.trace_path.read_text().splitlines()]
        return [record for record in records if "step" in record]

    def losses(self) -> dict:
        return {record["step"]: record["loss"] for record in self.trace()}

    def checkpoint(self, step: int) -> Path:
        return self.folder / f"checkpoints/{step:06d}"


class Programs:
    """The training program and this check's own workers."""

    def __init__(self, program: Path, device: str, scratch: Path, budget: Budget):
        self.program, self.device, self.scratch, self.budget = program, device, scratch, budget
        kept = {name: value for name, value in os.environ.items() if not STEERING.match(name)}
        # Threads that wait by spinning would fight for the cores, where there are few.
        ours = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(scratch / "hf"), "OMP_WAIT_POLICY": "passive"}
        self.environment = {**kept, **ours}
        self.bare = dict(self.environment)
        if torch := torch_folder():
            self.environment.setdefault("LIBTORCH", torch)
        self.count = 0

    def version(self, environment: dict | None = None) -> str:
        """What `--version` says, also where it fails."""
        done = subprocess.run(
            [str(self.program), "--version"], env=environment or self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=self.budget.limit(60))  # fmt: skip
        return done.stdout.strip() or f"status {done.returncode}, and nothing was said"

    def train(
        self, arguments: list, setting: dict | None = None, seconds: float = 60, trace: bool = True,
        device: str | None = None, log_every: int = 1, enough=None, resuming: Path | None = None,
    ) -> Run:  # fmt: skip
        """A run in a folder of its own, or one that continues in the folder `resuming`.

        `enough` is asked after each line of steps whether to stop.
        """
        self.count += 1
        run = Run(resuming or self.scratch / f"run-{self.count}", self.scratch / f"trace-{self.count}.jsonl")
        command = [self.program, *arguments, f"--output_dir={run.folder}", f"--log_freq={log_every}"]
        if resuming:
            command += ["--resume=true", f"--config_path={resuming}"]
        else:
            command += [f"--policy.device={device or self.device}", "--policy.push_to_hub=false"]
        if trace:
            command.append(f"--trace={run.trace_path}")

        def see(text: str) -> bool:
            if UNAVAILABLE.search(text):
                raise Failed("the program trains on another device: " + text)
            if not (found := STEP.search(text)):
                return False
            run.lines.append(Line(time.monotonic(), *(float(number) for number in found.groups())))
            return bool(enough and enough(run.lines))

        self.follow(command, self.environment | (setting or {}), seconds, see)
        return run

    def work(self, task: dict, seconds: float = 120, see=None):
        """Has a worker do a task; what it answers."""
        worker = Path(__file__).with_name("worker.py")
        lines = self.follow([sys.executable, worker, json.dumps(task, default=str)], self.environment, seconds,
                            see or (lambda text: False))  # fmt: skip
        answers = [line for line in lines if line.startswith("{")]
        if not answers:
            raise Failed("the worker gave no answer", lines)
        return json.loads(answers[-1])

    def follow(self, command: list, environment: dict, seconds: float, see) -> list:
        """Runs a command to its end, shows each of its lines to `see`, which may ask for a stop."""
        seconds = self.budget.limit(seconds)
        began, stopped, lines = time.monotonic(), False, []
        process = subprocess.Popen(
            [str(part) for part in command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)  # fmt: skip
        alarm = threading.Timer(seconds, kill, [process])
        alarm.start()
        try:
            for text in process.stdout:
                lines.append(text.rstrip())
                if see(lines[-1]) and not stopped:
                    stopped = True
                    process.send_signal(signal.SIGINT)
            process.wait()
        except Failed as error:
            raise Failed(str(error), lines) from None
        finally:
            alarm.cancel()
            kill(process)
        if time.monotonic() - began >= seconds:
            raise Failed(f"stopped after {seconds:.0f} s", lines)
        if process.returncode != 0 and not (stopped and process.returncode in (130, -signal.SIGINT)):
            raise Failed(f"status {process.returncode}", lines)
        return lines


def kill(process: subprocess.Popen) -> None:
    """Ends what was started here; it is a process group of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def torch_folder() -> str:
    """Where this Python has its torch; empty where it has none."""
    found = importlib.util.find_spec("torch")
    return next(iter(found.submodule_search_locations or []), "") if found else ""
