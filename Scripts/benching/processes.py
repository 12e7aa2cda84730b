"""Runs a program, reads its log lines as they come, and watches its memory."""

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OUTPUT = ROOT / "outputs/bench"
# What steers thread pools and allocators; a contender gets none of it unless its setting says so.
STEERING = re.compile(r"^(OMP|GOMP|KMP|MKL|OPENBLAS|MALLOC|TORCH|ACCELERATE)_|^LD_PRELOAD$")
SAMPLING_SECONDS = 0.2


class Failed(Exception):
    """A program did not end well; the message is one line."""


@dataclass
class Run:
    """What was seen of a program."""

    seconds: float = 0
    lines: list[tuple[float, str]] = field(default_factory=list)  # seconds since launch, text
    output: str = ""
    peak: int = 0  # bytes, sum of proportional set sizes over the process tree
    own_peak: int = 0  # bytes, VmHWM of the process itself

    @property
    def answer(self):
        """The JSON on the last line of standard output."""
        return json.loads(self.output.splitlines()[-1])


def clean_environment(setting: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not STEERING.match(name)}
    drawing = {"SDL_VIDEODRIVER": "dummy", "MUJOCO_GL": os.environ.get("MUJOCO_GL", "egl")}
    return kept | {"HF_HUB_OFFLINE": "1"} | drawing | setting


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for process in found:
        try:
            for task in Path(f"/proc/{process}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            pass
    return found


def kilobytes(path: str, name: str) -> int:
    """Bytes of a `Name:  123 kB` line; 0 when the process is gone."""
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", Path(path).read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def watch_memory(process: subprocess.Popen, run: Run) -> None:
    """Samples until the process ends."""
    while process.poll() is None:
        pids = tree(process.pid)
        run.peak = max(run.peak, sum(kilobytes(f"/proc/{pid}/smaps_rollup", "Pss") for pid in pids))
        run.own_peak = max(run.own_peak, kilobytes(f"/proc/{pids[0]}/status", "VmHWM"))
        time.sleep(SAMPLING_SECONDS)


def stop(process: subprocess.Popen) -> None:
    """Ends what was started here, its children included: they are a session of their own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run(
    command: list,
    setting: dict[str, str] | None = None,
    minutes: float = 15,
    memory: bool = False,
    on_line: Callable[[float, str], None] | None = None,
) -> Run:
    """Runs a program to its end. Raises Failed when it fails or takes longer than `minutes`."""
    result = Run()
    name = " ".join(str(word) for word in command[:3])
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, env=clean_environment(setting or {}), text=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        alarm = threading.Timer(minutes * 60, stop, [process])
        alarm.start()
        watcher = threading.Thread(target=watch_memory, args=(process, result), daemon=True)
        if memory:
            watcher.start()
        try:
            for line in process.stderr:
                result.lines.append((time.perf_counter() - started, line.rstrip()))
                if on_line:
                    on_line(*result.lines[-1])
            process.wait()
            result.seconds = time.perf_counter() - started
        finally:
            alarm.cancel()
            stop(process)
        if memory:
            watcher.join()
        if process.returncode != 0:
            raise Failed(f"{name}: {complaint(process.returncode, result, minutes)}")
        output.seek(0)
        result.output = output.read()
    return result


def complaint(status: int, run: Run, minutes: float) -> str:
    if run.seconds >= minutes * 60:
        return f"stopped after {minutes:g} minutes"
    said = [text for _, text in run.lines if text.strip()]
    return f"status {status}: {said[-1].strip()[:300] if said else 'nothing was said'}"


class OtherWork:
    """How much of the machine's processor time others had while this was open."""

    def __enter__(self):
        self.before = self.now()
        return self

    def now(self) -> tuple[float, float, float]:
        ticks = [int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        user, nice, system, idle, waiting, interrupts, soft, stolen = ticks
        busy = (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")
        times = os.times()
        mine = times.user + times.system + times.children_user + times.children_system
        return busy, mine, time.perf_counter()

    def __exit__(self, *_) -> None:
        busy, mine, clock = (now - before for now, before in zip(self.now(), self.before, strict=True))
        self.share = max(0.0, (busy - mine) / (clock * (os.cpu_count() or 1)))
