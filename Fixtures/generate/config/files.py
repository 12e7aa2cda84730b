"""What LeRobot makes of configuration files written by hand: YAML with its quirks, JSON, and mistakes.

written_files.jsonl: per file {"name", "text"} and its answer, as in command_lines.jsonl: {"exit", "error"} or
{"exit", "base", "changes"}, `changes` against the defaults of command_lines.jsonl's bases.
"""

import json
import tempfile
from pathlib import Path

from generate.golden import Case

WRITTEN = "config/written_files.jsonl"

HEAD = "dataset: {repo_id: a/b}\n"
ACT = HEAD + "policy: {type: act, push_to_hub: false, device: cpu}\n"
POLICY = HEAD + "policy:\n  type: act\n  push_to_hub: false\n  device: cpu\n"
SCALARS = [
    "yes", "No", "on", "off", "y", "True", "null", "~", "", "None", "1e-5", "1.0e-5", "1.e-5", "1e5", ".5", "5.", "010", "0o10", "0x1F",
    "1_000", "1:30", "'7'", '"7"', "7 # seven", "7#seven", "2024-01-01", "!!str 7", "!!int '7'", "!!float 7", "!!bool yes", "[7]", "{a: 7}", "+7",
    "-7", ".inf", ".nan", "|\n  7\n", ">-\n  7\n", "a: b", "@x", "&x 7", "*x", "'it''s'", '"\\x41\\n"', "\ttab", "é", "<<", "=",
]  # fmt: skip
FIELDS = ["steps", "seed", "job_name", "output_dir", "save_checkpoint"]

YAML = {
    "whole": POLICY + "  chunk_size: 20\n  n_action_steps: 10\nsteps: 20  # few\nbatch_size: 4\nwandb:\n  project: x\n",
    "comments": "# first\n" + ACT + "# between\nsteps: 5 # behind\n\n\nseed: 3\n# last",
    "anchors": HEAD + "policy: &p\n  type: act\n  push_to_hub: &no false\n  device: cpu\n  use_vae: *no\nsteps: &n 7\nseed: *n\n",
    "merge": HEAD + "a: &a {push_to_hub: false, device: cpu}\npolicy: {<<: *a, type: act}\n",
    "merge_known": HEAD + "wandb: &w {project: x}\npolicy: {type: act, push_to_hub: false, device: cpu}\neval: {<<: {n_episodes: 60}, batch_size: 2}\n",
    "lists": HEAD.replace("}", ", episodes:\n  [0,\n   1]}") + "policy: {type: act, push_to_hub: false, device: cpu, tags: [a, 1, yes]}\n",
    "block_list": "dataset:\n  repo_id: a/b\n  episodes:\n  - 0\n  - 1\n  - 0x10\n" + ACT[len(HEAD):],
    "nested_type": HEAD + "policy:\n  device: cpu\n  push_to_hub: no\n  horizon: 8\n  type: diffusion\n  down_dims: [8, 16]\n  crop_shape: [84, 84]\n",
    "env": ACT + "env:\n  type: pusht\n  task: PushT-v0\n  fps: 20\n",
    "optimizer": ACT + "use_policy_training_preset: false\noptimizer:\n  type: adamw\n  lr: 1e-5\n  betas: [0.9, 0.95]\nscheduler:\n  type: diffuser\n  num_warmup_steps: 5\n",
    "transforms": ACT.replace("b}", "b, image_transforms: {enable: on, tfs: {x: {type: ColorJitter, kwargs: {hue: [-0.1, 0.1]}}}}}", 1),
    "features": POLICY + "  input_features:\n    observation.state: {type: STATE, shape: [2]}\n  normalization_mapping: {STATE: MIN_MAX}\n",
    "rename": ACT + "rename_map:\n  a: b\n  2: 3\n  no: c\n  ~: x\n",
    "documents": ACT + "---\nsteps: 3\n",
    "marked": "---\n" + ACT + "...\n",
    "json_in_yaml": '{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}, "steps": 3}',
    "crlf": ACT.replace("\n", "\r\n") + "steps: 3\r\n",
    "bom": "\ufeff" + ACT,
    "twice": ACT + "steps: 3\nsteps: 4\n",
    "empty": "",
    "only_comment": "# nothing\n",
    "list": "- 1\n- 2\n",
    "scalar": "5\n",
    "tab_indent": "dataset:\n\trepo_id: a/b\n",
    "bad_indent": ACT + "wandb:\n  project: x\n enable: true\n",
    "unclosed": ACT + "wandb: {project: x\n",
    "unknown": ACT + "bogus: 1\n",
    "unknown_inside": POLICY + "  bogus: 1\n",
    "other_policys": POLICY + "  horizon: 8\n",
    "no_policy": HEAD + "steps: 3\n",
    "no_dataset": ACT[len(HEAD):],
    "null_policy": HEAD + "policy: null\n",
    "policy_without_type": HEAD + "policy: {device: cpu, push_to_hub: false}\n",
    "unknown_type": HEAD + "policy: {type: nope}\n",
    "null_wandb": ACT + "wandb: null\n",
    "wandb_list": ACT + "wandb: [x]\n",
    "dotted": ACT + "wandb.project: x\n",
    "include": ACT + "job_name: include x\n",
    "python": ACT + "job_name: !!python/object/apply:os.getcwd []\n",
    "set": ACT + "job_name: !!set {a, b}\n",
    "binary": ACT + "job_name: !!binary aGk=\n",
    "deep": ACT + "rename_map: {a: {b: {c: d}}}\n",
}  # fmt: skip
JSON = {
    "plain": '{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}, "steps": 3}',
    "scalars": '{"dataset": {"repo_id": 5}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu", "kl_weight": "1e-5"}, "steps": "3", "seed": true}',
    "float_steps": '{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}, "steps": 3.0}',
    "text_boolean": '{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": "false", "device": "cpu"}, "resume": "no"}',
    "nan": '{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu", "kl_weight": NaN}}',
    "comment": '{"dataset": {"repo_id": "a/b"}, "policy": null} // no',
    "trailing_comma": '{"dataset": {"repo_id": "a/b"},}',
    "twice": '{"steps": 1, "dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}, "steps": 3}',
    "empty": "",
    "list": "[]",
    "cut": '{"dataset": {"repo_id": "a/b"}, "pol',
    "wrong_types": '{"dataset": "a/b", "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}, "wandb": 1}',
    "null_steps": '{"dataset": {"repo_id": "a/b"}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}, "steps": null}',
    "escapes": '{"dataset": {"repo_id": "a\\u002fb"}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}, "job_name": "\\ud83d\\ude00\\n"}',
    "unknown": '{"dataset": {"repo_id": "a/b", "x": 1}, "policy": {"type": "act", "push_to_hub": false, "device": "cpu"}}',
}  # fmt: skip


def files() -> dict[str, str]:
    found = {f"{name}.yaml": text for name, text in YAML.items()}
    found |= {f"{name}.json": text for name, text in JSON.items()}
    found["plain.yml"] = ACT
    found["plain"] = JSON["plain"]
    found["yaml_without_suffix"] = ACT
    for field in FIELDS:
        for index, value in enumerate(SCALARS):
            found[f"{field}_{index}.yaml"] = f"{ACT}{field}: {value}"
    for index, value in enumerate(SCALARS[:14]):
        found[f"kl_weight_{index}.yaml"] = f"{POLICY}  kl_weight: {value}"
    return found


def make_written(root: Path) -> None:
    from generate.config.command_lines import changes
    from generate.config.parser import BASE, POLICIES, Parser

    with tempfile.TemporaryDirectory() as folder:
        parser = Parser(Path(folder))
        bases = {name: parser.answer([a.replace("type=act", f"type={name}") for a in BASE])["config"] for name in POLICIES}
        with (root / WRITTEN).open("w") as found:
            for name, text in files().items():
                (parser.root / name).write_text(text, newline="")
                answer = parser.answer([f"--config_path={{root}}/{name}"])
                if config := answer.pop("config", None):
                    base = config["policy"]["type"]
                    answer |= {"base": base, "changes": changes(bases[base], config)}
                found.write(json.dumps({"name": name, "text": text, **answer}) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="config/written_files",
            files=[WRITTEN],
            catches="a scalar, anchor, choice or mistake of a YAML or JSON file read unlike LeRobot",
            make=make_written,
        )
    ]
