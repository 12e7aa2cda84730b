"""How a policy's cases are stored: a config.json of LeRobot's with what else there is to know, and tensors."""

import json
import tempfile
from pathlib import Path

from generate.golden import Case
from generate.policies.formulas import digest


def without_pictures(observations):
    return {
        f"observations/{moment}/{key}": value
        for moment, (vectors, _) in enumerate(observations)
        for key, value in vectors.items()
    }


def stored(setup, tensors):
    """Small tensors as they are, of larger ones digests."""
    limit = 4096 if setup.whole else 32
    return {
        name: digest(value.double()) if value.numel() > limit else value.detach().clone()
        for name, value in tensors.items()
    }


def under(folder, tensors):
    return {f"{folder}/{name}": value for name, value in tensors.items()}


def write(root: Path, policy: str, setup, config, tensors, **facts) -> None:
    """Writes a case; `facts` stand beside its configuration."""
    from safetensors.torch import save_file

    folder = root / "policies" / policy
    folder.mkdir(parents=True, exist_ok=True)
    save_file({n: t.contiguous() for n, t in tensors.items()}, folder / f"{setup.name}.safetensors")
    with tempfile.TemporaryDirectory() as saved:
        config._save_pretrained(Path(saved))
        options = json.loads((Path(saved) / "config.json").read_text())
    text = json.dumps({"config": options} | facts, indent=1)
    (folder / f"{setup.name}.json").write_text(text)


def cases_of(policy: str, seed: int, exact, seeded) -> list[Case]:
    """Cases of float64 and of float32, each kind as its setups and the function that makes one."""
    return [
        Case(
            name=f"policies/{policy}/{setup.name}",
            files=[f"policies/{policy}/{setup.name}.{kind}" for kind in ("json", "safetensors")],
            seed=seed,
            catches=setup.catches,
            make=lambda root, setup=setup, make=make: make(setup, root),
            tolerance=tolerance,
        )
        for (setups, make), tolerance in ((exact, 1e-10), (seeded, 1e-4))
        for setup in setups
    ]
