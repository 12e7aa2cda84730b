"""Small datasets with what public bug reports and other programs show, and what LeRobot makes of them.

datasets/odd/base holds two datasets that LeRobot wrote. An odd one is a base with the files of
datasets/odd/overlays/NAME put over it, some files removed and some made symbolic links.

cases.json names, for each: what it is, the report, the arguments, what LeRobot 0.4.2 does, and what
is right: any entry of `right`. Losses are LeRobot's of two steps, for this dataset or for one that
holds the same data in LeRobot's own form.
"""

import json
import math
import os
import shutil
import tempfile
from pathlib import Path

from generate.golden import Case
from generate.odd import bases, legacy, lerobot_runs
from generate.odd.dataset import Dataset
from generate.odd.variants import BATCH, COMMON, POLICIES, VARIANTS, Outcome, Variant, trains

for module in ["columns", "information", "statistics", "tasks", "episodes", "files", "cameras", "options"]:
    __import__(f"generate.odd.{module}")

STORED = Path(__file__).resolve().parents[1] / "datasets/odd"
# The old one is made of the first.
BASES = ["vectors", "old", "camera"]
for base in BASES:
    right = trains("vectors" if base == "old" else "own")
    VARIANTS[base] = Variant(base, base, "the base itself", lambda dataset: None, [right])


def make_bases(root: Path) -> None:
    for base in BASES:
        folder = root / "datasets/odd/base" / base
        if base == "old":
            shutil.copytree(folder.parent / "vectors", folder)
            legacy.convert(Dataset(folder))
        else:
            bases.write(base, folder)


def make_odd(root: Path) -> None:
    """Overlays, and the runs of LeRobot on what they make."""
    entries = {variant.name: entry(variant, root / "datasets/odd/overlays") for variant in VARIANTS.values()}
    for variant in VARIANTS.values():
        entries[variant.name]["right"] = [judged(variant, right, entries) for right in variant.right]
    for value in entries.values():
        del value["own"]
    value = {"common": COMMON, "policies": POLICIES, "bases": BATCH, "cases": list(entries.values())}
    text = json.dumps(value, indent=1, ensure_ascii=False)
    (root / "datasets/odd/cases.json").write_text(text + "\n")


def entry(variant: Variant, overlays: Path) -> dict:
    """Makes a variant and stores how it differs from its base."""
    with tempfile.TemporaryDirectory() as folder:
        base, odd = STORED / "base" / variant.base, Path(folder) / variant.name
        shutil.copytree(base, odd)
        variant.edit(Dataset(odd))
        changes = store_difference(base, odd, overlays / variant.name)
        arguments = variant.command()
        done = lerobot_runs.run([*arguments, f"--dataset.root={odd}"])
        own = done
        if done["is"] == "fails" and (variant.tolerance or variant.widen):
            own = lerobot_runs.run([*arguments, f"--dataset.root={odd}"], variant.tolerance, variant.widen)
            assert own["is"] == "trains", (variant.name, own)
        done = {k: v.replace(str(odd), "{root}") if isinstance(v, str) else v for k, v in done.items()}
        if "losses" in done:
            # Swift's reader of JSON knows no NaN.
            done["losses"] = [loss if math.isfinite(loss) else str(loss) for loss in done["losses"]]
        for key in ("indices", "tasks", "steps"):
            done.pop(key, None)
    return {
        "name": variant.name,
        "what": variant.what,
        **({"report": variant.report} if variant.report else {}),
        "base": variant.base,
        "policy": variant.policy,
        "arguments": variant.arguments,
        **changes,
        "lerobot": done,
        "own": own.get("losses"),
    }


def store_difference(base: Path, odd: Path, overlay: Path) -> dict:
    """Stores files that are new or other, and names those that are gone, copied or links."""
    before = {str(path.relative_to(base)): path.read_bytes() for path in files(base)}
    known = {data: file for file, data in before.items() if data}
    written, copied, links = set(), {}, {}
    for path in files(odd):
        file, data = str(path.relative_to(odd)), b"" if path.is_symlink() else path.read_bytes()
        if path.is_symlink():
            links[file] = os.readlink(path)
            continue
        written.add(file)
        if before.get(file) == data:
            continue
        if data in known:
            copied[file] = known[data]
        else:
            (overlay / file).parent.mkdir(parents=True, exist_ok=True)
            (overlay / file).write_bytes(data)
    return {"removed": sorted(set(before) - written), "copied": copied, "links": links}


def files(folder: Path) -> list[Path]:
    """All files and links below it, links to folders unread."""
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())


def judged(variant: Variant, right: Outcome, entries: dict[str, dict]) -> dict:
    """What is right as the test reads it, with the losses it names."""
    value = {"is": right.kind}
    if right.kind != "error" and right.losses != "any":
        value["losses"] = entries[variant.name if right.losses == "own" else right.losses]["own"]
        if value["losses"] is None:
            print(f"{variant.name}: {right} has no losses")
    if right.says:
        value["says"] = right.says
    if right.silent:
        value["not"] = right.silent
    return value


def cases() -> list[Case]:
    return [
        Case(
            name="datasets/odd_base",
            files=["datasets/odd/base/"],
            seed=5,
            catches="odd datasets that differ from a base that LeRobot did not write",
            make=make_bases,
            tolerance=1e-6,
            heavy=True,
        ),
        Case(
            name="datasets/odd",
            files=["datasets/odd/overlays/", "datasets/odd/cases.json"],
            seed=1000,
            catches="a dataset that LeRobot reads and this program does not, or reads otherwise; one"
            " that is damaged and is not named as what it is",
            make=make_odd,
            tolerance=1e-5,
            heavy=True,
        ),
    ]
