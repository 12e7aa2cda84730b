"""The real server on loopback, and what a browser asks it for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path


class Server:
    """Watches a run's folder until the block ends."""

    def __init__(self, run: Path, is_slow: bool):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", "--logdir", run, "--host", "127.0.0.1", "--port", "0",
             "--reload_interval", "1", "--load_fast", "false" if is_slow else "true",
             "--samples_per_plugin", "scalars=100000,images=1000,text=1000"],
            stdout=self.log, stderr=subprocess.STDOUT)  # fmt: skip
        self.address = ""

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"tensorboard ended: {Path(self.log.name).read_text()}")
        at = re.search(r"http://[^ ]+:\d+/", Path(self.log.name).read_text())
        self.address = at.group() if at else ""
        return bool(at)

    def fetch(self, path: str, **query: object) -> bytes:
        parts = urllib.parse.urlencode(query)
        with urllib.request.urlopen(f"{self.address}data/plugin/{path}?{parts}", timeout=30) as answer:
            return answer.read()

    def json(self, path: str, **query: object):
        return json.loads(self.fetch(path, **query))

    def post(self, path: str, question: dict):
        address = f"{self.address}data/plugin/{path}"
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(address, json.dumps(question).encode(), kind)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def scalars(self) -> list[tuple[str, int, float]]:
        return [
            (tag, step, float(number))
            for run, tags in self.json("scalars/tags").items()
            for tag in tags
            for _, step, number in self.json("scalars/scalars", run=run, tag=tag)
        ]

    def pictures(self) -> list[tuple[str, int, bytes]]:
        found = []
        for run, tags in self.json("images/tags").items():
            for tag in tags:
                for entry in self.json("images/images", run=run, tag=tag, sample=0):
                    query = dict(urllib.parse.parse_qsl(entry["query"]))
                    found.append((tag, entry["step"], self.fetch("images/individualImage", **query)))
        return found

    def texts(self) -> dict[str, str]:
        return {
            tag: self.json("text/text", run=run, tag=tag)[-1]["text"]
            for run, tags in self.json("text/tags").items()
            for tag in tags
        }

    def hyperparameters(self) -> tuple[list[str], int]:
        """The names of the settings, and how many sessions there are."""
        experiment = self.post("hparams/experiment", {"experimentName": ""})
        statuses = [f"STATUS_{name}" for name in ("SUCCESS", "FAILURE", "RUNNING", "UNKNOWN")]
        question = {
            "experimentName": "", "allowedStatuses": statuses, "colParams": [], "startIndex": 0, "sliceSize": 10,
        }  # fmt: skip
        groups = self.post("hparams/session_groups", question)["sessionGroups"]
        return [info["name"] for info in experiment["hparamInfos"]], sum(len(group["sessions"]) for group in groups)
