"""What the machine could do: products of matrices, decoding, writing, mapping libraries."""

import ctypes
import ctypes.util
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from .contenders import Contender
from .processes import OUTPUT, ROOT, Failed, run

SIZE = 3072

OPENBLAS = f"""
import ctypes, json, sys, time
blas = ctypes.CDLL(sys.argv[1])
n = {SIZE}
a, b, c = ((ctypes.c_float * (n * n))(*([1.0] * (n * n))) for _ in range(3))
one = ctypes.c_float(1)
def product():
    blas.cblas_sgemm(101, 111, 111, n, n, n, one, a, n, b, n, ctypes.c_float(0), c, n)
product()
found = []
for _ in range(12):
    start = time.perf_counter()
    product()
    found.append(time.perf_counter() - start)
print(json.dumps({{"OpenBLAS": 2 * n**3 / min(found) / 1e9}}))
"""
MAPPING = """
import ctypes, json, sys, time
start = time.perf_counter()
ctypes.CDLL(sys.argv[1], ctypes.RTLD_GLOBAL)
print(json.dumps(time.perf_counter() - start))
"""


def products(pythons: list[Contender]) -> dict[str, float]:
    """GFLOP/s of float32 products by whatever library is there, all cores."""
    found: dict[str, float] = {}
    for python in pythons:
        rates = python.ask("gemm").answer
        found |= {f"{name} ({python.column})": rate for name, rate in rates.items()}
    if name := ctypes.util.find_library("openblas"):
        found |= run([sys.executable, "-c", OPENBLAS, name]).answer
    if not found:
        raise Failed("no library to measure a product of matrices with: neither LeRobot's torch nor OpenBLAS")
    return found


def decoder() -> Path:
    """benching/decode.c, compiled."""
    source, program = ROOT / "Scripts/benching/decode.c", OUTPUT / "decode"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        libraries = ["-lavformat", "-lavcodec", "-lavutil"]
        done = subprocess.run(["cc", "-O2", source, *libraries, "-o", program], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed("benching/decode.c does not compile: " + (done.stderr.splitlines() or ["?"])[0])
    return program


def decoding_seconds(video: Path, frame_count: int, wanted: int = 200) -> float:
    """Seconds of one thread for one frame at random, by the decoder alone."""
    draw = random.Random(7)
    numbers = "\n".join(str(draw.randrange(frame_count)) for _ in range(wanted))
    done = subprocess.run([decoder(), video], input=numbers, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    answer = json.loads(done.stdout)
    return answer["seconds"] / answer["frames"]


def writing_seconds(folder: Path, size: int) -> float:
    """A plain write of as many bytes, and fsync."""
    block, path = os.urandom(1 << 20) * 16, folder / ".plain"
    start = time.perf_counter()
    with open(path, "wb", buffering=0) as file:
        for begin in range(0, size, len(block)):
            file.write(memoryview(block)[: size - begin])
        os.fsync(file.fileno())
    seconds = time.perf_counter() - start
    path.unlink()
    return seconds


def mapping_seconds() -> float:
    """Opening libtorch_cpu in a process that has nothing else."""
    library = ROOT / ".deps/libtorch/lib/libtorch_cpu.so"
    return run([sys.executable, "-c", MAPPING, library]).answer


def nothing_seconds() -> float:
    """Launching a program that does nothing."""
    return run(["true"]).seconds
