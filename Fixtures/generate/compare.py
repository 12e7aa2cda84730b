"""Whether a regenerated file says the same as the stored one: bits first, then numbers."""

import hashlib
import json
import math
from pathlib import Path

from generate.golden import Case


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def difference(case: Case, stored: Path, fresh: Path) -> str | None:
    """The first thing that differs beyond the case's tolerance, in words; None when nothing does."""
    if sha256(stored) == sha256(fresh):
        return None
    if stored.suffix == ".safetensors" and case.tolerance > 0:
        return _safetensors_difference(case, stored, fresh)
    if stored.suffix in (".json", ".jsonl") and (case.tolerance > 0 or case.volatile):
        return _value_difference(case, _documents(stored), _documents(fresh), stored.name)
    return "different bytes"


def _documents(path: Path) -> list:
    text = path.read_text()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return [json.loads(text)]


def _value_difference(case: Case, a, b, where: str) -> str | None:
    if isinstance(a, dict) and isinstance(b, dict):
        if list(a) != list(b):
            return f"{where}: keys differ"
        pairs = [(key, a[key], b[key]) for key in a if key not in case.volatile]
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return f"{where}: {len(a)} values, now {len(b)}"
        if a and all(isinstance(value, (int, float)) for value in a + b):
            return _numbers_difference(case, a, b, where)
        pairs = [(index, x, y) for index, (x, y) in enumerate(zip(a, b))]
    elif isinstance(a, float) and isinstance(b, (int, float)):
        return _numbers_difference(case, [a], [b], where)
    else:
        return None if a == b else f"{where}: {a!r}, now {b!r}"
    for key, x, y in pairs:
        found = _value_difference(case, x, y, f"{where}.{key}")
        if found:
            return found
    return None


def _numbers_difference(case: Case, a: list, b: list, where: str) -> str | None:
    if all(isinstance(value, int) for value in a):
        return None if a == b else f"{where}: integers differ"
    scale = max((abs(x) for x in a if math.isfinite(x)), default=0.0)
    for index, (x, y) in enumerate(zip(a, b)):
        if x == y or (x != x and y != y):
            continue
        if not abs(x - y) <= case.tolerance * scale:
            return f"{where}[{index}]: {x!r}, now {y!r}"
    return None


def _safetensors_difference(case: Case, stored: Path, fresh: Path) -> str | None:
    import torch
    from safetensors.torch import load_file

    a, b = load_file(stored), load_file(fresh)
    if sorted(a) != sorted(b):
        return "tensor names differ"
    for name, x in a.items():
        y = b[name]
        if x.dtype != y.dtype or x.shape != y.shape:
            return f"{name}: {x.dtype} {tuple(x.shape)}, now {y.dtype} {tuple(y.shape)}"
        if not x.is_floating_point():
            if not torch.equal(x, y):
                return f"{name}: integers differ"
        elif x.numel() and not torch.allclose(
            x.double(), y.double(), rtol=0, equal_nan=True,
            atol=case.tolerance * x.double().abs().nan_to_num(0, 0, 0).max().item(),
        ):
            return f"{name}: worst difference {(x.double() - y.double()).abs().max().item():.3e}"
    return None
