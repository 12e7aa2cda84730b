"""Asks LeRobot's own parser what command lines mean, beside files made for the purpose."""

import contextlib
import io
import json
import re
import sys
from pathlib import Path

BASE = ["--dataset.repo_id=a/b", "--policy.type=act", "--policy.push_to_hub=false", "--policy.device=cpu"]
POLICIES = "act diffusion groot pi0 pi05 smolvla tdmpc vqbet sac reward_classifier".split()
ENVIRONMENTS = "aloha pusht gym_manipulator libero metaworld".split()


class Parser:
    """Command lines may say {root}, the folder where the files lie; answers say it again.

    {root}/train_config.json, {root}/POLICY/config.json, and {root}/run, a run with a checkpoint.
    """

    def __init__(self, root: Path):
        sys.argv = ["lerobot-train"]
        from draccus.wrappers import docstring

        # Help texts are read from source on every parse, seconds each; they decide nothing here.
        docstring.get_attribute_docstring = lambda *_: docstring.AttributeDocString()
        from lerobot.scripts import lerobot_train  # noqa: F401  registers policies and environments

        self.root = root
        self.files = {"train_config.json": self._file(BASE, resume=False)}
        for policy in POLICIES:
            line = [a.replace("type=act", f"type={policy}") for a in BASE]
            self.files[f"{policy}/config.json"] = self._validated(line).policy
        saved = self._file([*BASE, "--output_dir={root}/run", "--steps=20"], resume=False)
        self.files["run/checkpoints/000010/pretrained_model/train_config.json"] = saved
        for name, content in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self.files[name] = text = content if isinstance(content, str) else self._text(content)
            path.write_text(text)
        self.files = {name: self._placed(text) for name, text in self.files.items()}

    def answer(self, line: list[str]) -> dict:
        """{"exit", "error"} or {"exit": 0, "config"}: what parsing and then `validate` make of it."""
        import draccus

        try:
            with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
                config = draccus.encode(self._validated(line))
            text = re.sub(r"\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d", "{date}", json.dumps(config))
            return {"exit": 0, "config": json.loads(self._placed(text))}
        except SystemExit as stop:
            return {"exit": stop.code}
        except BaseException as error:  # noqa: BLE001
            return {"exit": 1, "error": type(error).__name__}

    def written(self, line: list[str]) -> dict:
        """The very texts of train_config.json and config.json."""
        config = self._validated(line)
        return {"train_config": self._undated(self._text(config)), "config": self._text(config.policy)}

    def _validated(self, line: list[str]):
        from lerobot.configs import parser
        from lerobot.configs.train import TrainPipelineConfig

        sys.argv = ["lerobot-train", *(a.replace("{root}", str(self.root)) for a in line)]

        @parser.wrap()
        def capture(cfg: TrainPipelineConfig):
            return cfg

        config = capture()
        config.validate()
        return config

    def _file(self, line: list[str], resume: bool) -> str:
        """A train_config.json of 0.4.2 as a run writes it."""
        return self._undated(self._text(self._validated(line)), keep=True)

    def _text(self, config) -> str:
        folder = self.root / "written"
        folder.mkdir(exist_ok=True)
        config._save_pretrained(folder)
        name = "train_config.json" if hasattr(config, "dataset") else "config.json"
        return (folder / name).read_text()

    def _undated(self, text: str, keep: bool = False) -> str:
        # A file that is read again must not name a folder of today.
        text = re.sub(r'"outputs/train/[^"]*"', "null" if keep else '"outputs/train/{date}_act"', text)
        return text if keep else self._placed(text)

    def _placed(self, text: str) -> str:
        return text.replace(str(self.root), "{root}")
