"""What the other 0.4.x releases write: train_config.json of every policy, and the processors' files.

releases.jsonl: per release and policy {"release", "policy", "train_config"}, and where the policy's processors need
nothing from the hub {"preprocessor", "postprocessor"} too.

Each release's wheel is unpacked beside LeRobot 0.4.2's dependencies, which suffice for its configuration.
"""

import contextlib
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from generate.golden import Case

RELEASES = "config/releases.jsonl"
VERSIONS = ["0.4.0", "0.4.1", "0.4.3"]
WITH_PROCESSORS = ["act", "diffusion", "tdmpc", "vqbet"]


def make_releases(root: Path) -> None:
    import zipfile

    with tempfile.TemporaryDirectory() as folder, (root / RELEASES).open("w") as found:
        for version in VERSIONS:
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, f"lerobot=={version}"]
            subprocess.run(pip, check=True)
            wheel = next(Path(folder).glob(f"lerobot-{version}-*.whl"))
            zipfile.ZipFile(wheel).extractall(f"{folder}/{version}")
            command = [sys.executable, "-c", "from generate.config.releases import write; write()", f"{folder}/{version}", version]
            paths = [f"{folder}/{version}", *sys.path]
            run = subprocess.run(command, check=True, capture_output=True, text=True, env={"PYTHONPATH": ":".join(paths)})
            found.write(run.stdout)


def write() -> None:
    """In a process of its own, where `lerobot` is the release."""
    root, version = sys.argv[1:]
    sys.argv = ["lerobot-train"]
    from draccus.wrappers import docstring

    docstring.get_attribute_docstring = lambda *_: docstring.AttributeDocString()
    import lerobot
    import lerobot.policies.factory  # registers the policies
    from lerobot.configs.policies import PreTrainedConfig

    assert lerobot.__file__.startswith(root)
    for name in PreTrainedConfig.get_known_choices():
        sys.argv[1:] = ["--dataset.repo_id=a/b", f"--policy.type={name}", "--policy.push_to_hub=false", "--policy.device=cpu", "--output_dir=/x/run"]
        sys.argv += ["--policy.input_features={observation.state: {type: STATE, shape: [2]}, observation.image: {type: VISUAL, shape: [3, 96, 96]}}"]
        sys.argv += ["--policy.output_features={action: {type: ACTION, shape: [2]}}"]
        with tempfile.TemporaryDirectory() as folder:
            try:
                files = written(Path(folder), name in WITH_PROCESSORS)
            except (SystemExit, NotImplementedError):
                continue
        print(json.dumps({"release": version, "policy": name, **files}))


def written(folder: Path, with_processors: bool) -> dict:
    from lerobot.configs import parser
    from lerobot.configs.train import TrainPipelineConfig
    from lerobot.policies.factory import make_pre_post_processors

    @parser.wrap()
    def capture(cfg: TrainPipelineConfig):
        return cfg

    with contextlib.redirect_stderr(io.StringIO()):
        config = capture()
    config.validate()
    config._save_pretrained(folder)
    files = {"train_config": json.loads((folder / "train_config.json").read_text())}
    if with_processors:
        for processor in make_pre_post_processors(config.policy, dataset_stats={}):
            processor.save_pretrained(folder)
        for name in ("preprocessor", "postprocessor"):
            files[name] = json.loads((folder / f"policy_{name}.json").read_text())
    return files


def cases() -> list[Case]:
    return [
        Case(
            name="config/releases",
            files=[RELEASES],
            catches="a file of another 0.4.x release that cannot be read",
            make=make_releases,
            heavy=True,
        )
    ]
