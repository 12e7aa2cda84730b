"""Records what the real LeRobot computes: the only writer of goldens.

    python Fixtures/generate [--only PREFIX]            record; prints created, changed or up to date
    python Fixtures/generate --check [--only PREFIX]    compare without writing; status 1 on a difference
    python Fixtures/generate --verify                   only the SHA-256 of the stored files (no LeRobot)
    python Fixtures/generate --list                     every case and the bug it would catch
"""

import argparse
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

here = Path(__file__).resolve().parent
fixtures = here.parent
# This folder is the package `generate`; its modules may then be called like Python's own (random.py).
sys.path = [str(fixtures)] + [path for path in sys.path if path != str(here)]

from generate.compare import difference, sha256  # noqa: E402
from generate.golden import Case  # noqa: E402


def all_cases() -> list[Case]:
    """The cases of every module beside this file that has a function `cases`."""
    found: dict[str, Case] = {}
    for path in sorted(here.rglob("*.py")):
        name = ".".join(path.relative_to(fixtures).with_suffix("").parts)
        # A text search first: a file that is no generator may be slow to import.
        if path.name == "__main__.py" or "\ndef cases(" not in path.read_text():
            continue
        for case in importlib.import_module(name).cases():
            assert case.name not in found, f"two cases are called {case.name}"
            assert all(file.startswith(case.area + "/") for file in case.files), case.name
            found[case.name] = case
    return list(found.values())


def manifest_path(area: str) -> Path:
    return fixtures / area / "manifest.json"


def read_manifest(area: str) -> dict:
    path = manifest_path(area)
    return json.loads(path.read_text()) if path.exists() else {}


def expand(case: Case, root: Path) -> list[str]:
    """The case's files below `root`, folders replaced by what they hold."""
    files: list[str] = []
    for file in case.files:
        if file.endswith("/"):
            inner = sorted(path for path in (root / file).rglob("*") if path.is_file())
            assert inner, f"{case.name}: {file} is empty"
            files += [str(path.relative_to(root)) for path in inner]
        else:
            assert (root / file).is_file(), f"{case.name}: {file} was not written"
            files.append(file)
    return files


def entry(case: Case, files: list[str]) -> dict:
    """The case's manifest entry for what is stored now."""
    import lerobot
    import torch

    return {
        "catches": case.catches,
        "lerobot": lerobot.__version__,
        "torch": torch.__version__.split("+")[0],
        "seed": case.seed,
        "sha256": {file: sha256(fixtures / file) for file in files},
    }


def process(case: Case, check: bool) -> bool:
    """Generates one case aside and stores or compares it; whether it was as stored."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / case.area).mkdir()
        case.make(root)
        files = expand(case, root)
        stored = read_manifest(case.area).get(case.name)
        changed = False
        for file in files:
            if not (fixtures / file).exists():
                report = "missing" if check else "created"
            elif (found := difference(case, fixtures / file, root / file)) is not None:
                report = f"{'differs' if check else 'changed'}: {found}"
            else:
                continue
            changed = True
            print(f"{case.name}: {file} {report}")
            if not check:
                (fixtures / file).parent.mkdir(parents=True, exist_ok=True)
                (fixtures / file).write_bytes((root / file).read_bytes())
        gone = sorted(set(stored["sha256"]) - set(files)) if stored else []
        for file in gone:
            print(f"{case.name}: {file} is no longer written")
            if not check:
                (fixtures / file).unlink(missing_ok=True)
        if not check:
            store(case, files)
    unchanged = not changed and not gone and stored is not None
    if not changed and not gone:
        absent = "not in the manifest" if check else "added to the manifest"
        print(f"{case.name}: {'up to date' if stored else absent}")
    return unchanged


def store(case: Case, files: list[str]) -> None:
    manifest = read_manifest(case.area)
    manifest[case.name] = entry(case, files)
    text = json.dumps(dict(sorted(manifest.items())), indent=2, ensure_ascii=False)
    manifest_path(case.area).write_text(text + "\n")


def verify() -> bool:
    """Whether every stored file is the one its manifest describes, and none stands there unlisted."""
    good = True
    for manifest in sorted(fixtures.glob("*/manifest.json")):
        listed = {}
        for name, case in json.loads(manifest.read_text()).items():
            listed |= case["sha256"]
            if not case["catches"]:
                print(f"{name}: does not say which bug it would catch")
                good = False
        present = {
            str(path.relative_to(fixtures))
            for path in manifest.parent.rglob("*")
            if path.is_file() and path != manifest
        }
        for file in sorted(present - set(listed)):
            print(f"{file}: not in {manifest.relative_to(fixtures)}")
            good = False
        for file, digest in listed.items():
            if file not in present:
                print(f"{file}: missing")
                good = False
            elif sha256(fixtures / file) != digest:
                print(f"{file}: not the file {manifest.relative_to(fixtures)} describes")
                good = False
    return good


def main() -> int:
    parser = argparse.ArgumentParser(prog="Fixtures/generate", allow_abbrev=False)
    parser.add_argument("--check", action="store_true", help="compare without writing")
    parser.add_argument("--verify", action="store_true", help="only the SHA-256 of the stored files")
    parser.add_argument("--list", action="store_true", help="every case and the bug it would catch")
    parser.add_argument("--only", default="", metavar="PREFIX", help="cases whose name begins so")
    arguments = parser.parse_args()
    if arguments.verify:
        return 0 if verify() else 1
    # The paths that are recorded (arguments of a trace) are relative to the package.
    os.chdir(fixtures.parent)
    cases = [case for case in all_cases() if case.name.startswith(arguments.only)]
    if arguments.list:
        for case in cases:
            print(f"{case.name}: {case.catches}")
        return 0
    if not cases:
        print(f"no case begins with {arguments.only!r}; --list shows them", file=sys.stderr)
        return 2
    named = bool(arguments.only)
    same = [process(case, arguments.check) for case in cases if named or not case.heavy]
    return 1 if arguments.check and not all(same) else 0


if __name__ == "__main__":
    sys.exit(main())
