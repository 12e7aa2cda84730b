"""Watches memory, and how busy a GPU is."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .runs import Failed

INTERVAL = 0.05
MEBIBYTE = 2**20


@dataclass
class Sample:
    at: float  # of time.monotonic()
    memory: int  # bytes
    busy: float | None = None  # 0…1


class Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


class Utilization(ctypes.Structure):
    _fields_ = [("gpu", ctypes.c_uint), ("memory", ctypes.c_uint)]


class NVML:
    """The driver's own library, which nvidia-smi asks too."""

    def __init__(self, index: int):
        self.library = ctypes.CDLL("libnvidia-ml.so.1")
        self.device = ctypes.c_void_p()
        self.ask("nvmlInit_v2")
        self.ask("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(self.device))
        self.sample()

    def ask(self, function: str, *arguments) -> None:
        if status := getattr(self.library, function)(*arguments):
            raise OSError(f"{function} answers {status}")

    def text(self, function: str, *arguments) -> str:
        buffer = ctypes.create_string_buffer(96)
        self.ask(function, *arguments, buffer, ctypes.c_uint(len(buffer)))
        return buffer.value.decode()

    def description(self) -> tuple:
        return self.text("nvmlDeviceGetName", self.device), self.text("nvmlSystemGetDriverVersion")

    def sample(self) -> Sample:
        memory, utilization = Memory(), Utilization()
        self.ask("nvmlDeviceGetMemoryInfo", self.device, ctypes.byref(memory))
        # A part of a GPU has memory of its own and no utilization.
        status = self.library.nvmlDeviceGetUtilizationRates(self.device, ctypes.byref(utilization))
        return Sample(time.monotonic(), memory.used, None if status else utilization.gpu / 100)


class Command:
    """nvidia-smi, where its library cannot be opened: fewer samples."""

    def __init__(self, index: int):
        self.index = index
        self.sample()

    def query(self, fields: str) -> list:
        command = ["nvidia-smi", f"--id={self.index}", f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=20)
        return [part.strip() for part in done.stdout.split(",")]

    def description(self) -> tuple:
        return tuple(self.query("name,driver_version"))

    def sample(self) -> Sample:
        memory, busy = self.query("memory.used,utilization.gpu")
        return Sample(time.monotonic(), int(memory) * MEBIBYTE, int(busy) / 100)


class Nothing:
    """Where a GPU cannot be watched."""

    def sample(self) -> Sample:
        return Sample(time.monotonic(), 0)


class Resident:
    """Memory of this process's descendants, where there is no GPU."""

    def sample(self) -> Sample:
        return Sample(time.monotonic(), sum(resident(pid) for pid in descendants(os.getpid())))


def descendants(pid: int) -> list:
    found = [pid]
    for process in found:
        try:
            for task in Path(f"/proc/{process}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            pass
    return found[1:]


def resident(pid: int) -> int:
    try:
        found = re.search(r"^Rss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def source(device: str):
    """What is watched for a device; a failure where a GPU cannot be."""
    if device == "cpu":
        return Resident()
    index = int(device.partition(":")[2] or 0)
    problems = []
    for kind in (NVML, Command):
        try:
            return kind(index)
        except (OSError, AttributeError, ValueError, subprocess.SubprocessError) as error:
            problems.append(str(error))
    raise Failed("the GPU cannot be watched: " + "; ".join(problems))


class Watch:
    """Samples while it is open."""

    def __init__(self, watched):
        self.watched, self.samples, self.ended = watched, [], threading.Event()

    def __enter__(self) -> "Watch":
        self.baseline = self.watched.sample().memory
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()
        return self

    def look(self) -> None:
        while not self.ended.wait(INTERVAL):
            try:
                self.samples.append(self.watched.sample())
            except (OSError, ValueError, subprocess.SubprocessError):
                pass  # one sample fewer

    def __exit__(self, *_) -> None:
        self.ended.set()
        self.thread.join()

    def peak(self, begin: float = 0, end: float = float("inf")) -> int:
        """The most memory at once beyond what was in use before, bytes."""
        used = [sample.memory for sample in self.samples if begin <= sample.at <= end]
        return max(used, default=self.baseline) - self.baseline

    def busy(self, begin: float, end: float) -> float | None:
        """The mean share of time in which the GPU computed; None where nobody knows."""
        known = [sample.busy for sample in self.samples if begin <= sample.at <= end and sample.busy is not None]
        return sum(known) / len(known) if known else None
