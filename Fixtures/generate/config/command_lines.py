"""What LeRobot makes of command lines and files, and the very files it writes.

command_lines.jsonl: first {"files", "bases", "arguments"}: the files the lines read (POLICY/config.json
is the policy of a base), the configuration of each policy's defaults, and the arguments that "BASE" and "FILE" stand for; then per line {"line",
"exit", "error"} or {"line", "exit", "base", "changes"}: `changes` lists what differs from that base as
[path, value], or [path] for a key that is gone. A line with a file that LeRobot refuses with status 1
holds "yaml" too: the answer to the same options without the file, in the other dialect.

files.jsonl: {"line", "train_config", "config"}: texts as LeRobot writes them.
"""

import json
import tempfile
from pathlib import Path

from generate.golden import Case

LINES = "config/command_lines.jsonl"
FILES = "config/files.jsonl"
# What the file says and BASE does not.
AS_IN_FILE = ["--job_name=act", "--policy.replace_final_stride_with_dilation=0"]


def changes(base, value, path=()):
    if isinstance(base, dict) and isinstance(value, dict) and base.get("type") == value.get("type"):
        gone = [[[*path, key]] for key in base if key not in value]
        kept = [c for key in value for c in changes(base.get(key, {}), value[key], (*path, key)) if key in base]
        new = [[[*path, key], value[key]] for key in value if key not in base]
        return gone + kept + new
    same = json.dumps(base) == json.dumps(value)
    return [] if same else [[list(path), value]]


def make_lines(root: Path) -> None:
    from generate.config.lines import FILE, lines
    from generate.config.parser import BASE, POLICIES, Parser

    with tempfile.TemporaryDirectory() as folder:
        parser = Parser(Path(folder))
        bases = {name: parser.answer([a.replace("type=act", f"type={name}") for a in BASE])["config"] for name in POLICIES}
        found = [{"files": {name: text for name, text in parser.files.items() if "train_config" in name}, "bases": bases, "arguments": {"BASE": BASE, "FILE": FILE}}]

        def entry(line: list[str]) -> dict:
            answer = parser.answer(line)
            if "config" not in answer:
                return answer
            config = answer.pop("config")
            base = config["policy"]["type"]
            return {**answer, "base": base, "changes": changes(bases[base], config)}

        def short(line: list[str]) -> list[str]:
            for name, start in (("BASE", BASE), ("FILE", FILE)):
                if line[: len(start)] == start:
                    return [name, *line[len(start) :]]
            return line

        for line in lines():
            found.append({"line": short(line), **entry(line)})
            if line[:1] == FILE and found[-1]["exit"] == 1:
                found[-1]["yaml"] = entry([*BASE, *AS_IN_FILE, *line[1:]])
    (root / LINES).write_text("".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in found))


def make_files(root: Path) -> None:
    from generate.config.parser import BASE, ENVIRONMENTS, POLICIES, Parser

    with tempfile.TemporaryDirectory() as folder:
        parser = Parser(Path(folder))
        lines = [[a.replace("type=act", f"type={policy}") for a in BASE] for policy in POLICIES]
        lines += [[*BASE, f"--env.type={name}", "--output_dir=x"] for name in ENVIRONMENTS]
        lines += [[*BASE, "--job_name=é\u200b😀", "--wandb.notes=\"a\\tb\"", "--policy.kl_weight=nan", "--dataset.root=/x", "--output_dir=y"]]
        with (root / FILES).open("w") as file:
            for line in lines:
                file.write(json.dumps({"line": line, **parser.written(line)}) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="config/command_lines",
            files=[LINES],
            seed=5,
            catches="a value, default, preset, check or exit status that is not LeRobot's",
            make=make_lines,
        ),
        Case(
            name="config/files",
            files=[FILES],
            catches="a configuration file that differs from LeRobot's in a byte",
            make=make_files,
        ),
    ]
