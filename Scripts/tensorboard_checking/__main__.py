"""files -- RUN..., or live [--slow] COMMAND... -- RUN"""

import sys
import time
from pathlib import Path

from tensorboard import version

from . import files, live


def check_files(runs: list[Path]) -> list[str]:
    print("| run | found | wrong |\n| --- | --- | --- |")
    all_wrong = []
    for run in runs:
        words, wrong = files.check(run)
        print(f"| {run} | {words} | {len(wrong) or 'nothing'} |")
        all_wrong += [f"{run}: {text}" for text in wrong]
    return all_wrong


def check_live(run: Path, commands: list[str]) -> list[str]:
    is_slow = "--slow" in commands
    reader = "its reader in Python" if is_slow else "its data server"
    rows, wrong = live.check(run, [command for command in commands if command != "--slow"], is_slow)
    print(f"The server, with {reader}, watched {run}.\n\n| what | seen |\n| --- | --- |")
    for what, seen in rows:
        print(f"| {what} | {seen} |")
    return wrong


def main() -> int:
    mode, *arguments = sys.argv[1:]
    split = arguments.index("--")
    runs = [Path(path) for path in arguments[split + 1 :]]
    print(f"TensorBoard {version.VERSION}, {time.strftime('%Y-%m-%d')}\n")
    wrong = check_files(runs) if mode == "files" else check_live(runs[0], arguments[:split])
    for text in wrong[:20]:
        print(f"\n**Wrong:** {text}")
    print(f"\n{'FAIL' if wrong else 'PASS'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
