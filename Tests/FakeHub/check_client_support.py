"""The hub, the client and the files that the checks of check_client.py share."""

import contextlib
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.request

ALICE, READER, FINE = "hf_alice", "hf_reader", "hf_fine"
PART, MULTIPART = 100_000, 300_000


class Hub:
    """A hub in another process, steered over HTTP."""

    def __init__(self, program, *options):
        self.process = subprocess.Popen(
            [program, "--control", "--log", "/dev/null", *options],
            stdout=subprocess.PIPE, text=True)
        self.endpoint = self.process.stdout.readline().split()[1]
        self.leaks = 0

    def call(self, method, name, value=None):
        data = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.endpoint}/-/{name}", data=data, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.load(answer)

    def requests(self, **wanted):
        return [r for r in self.call("GET", "requests")
                if all(r[name] == value for name, value in wanted.items())]

    def clear(self):
        """Forgets all requests but how many brought a token where none may go."""
        self.leaks += self.call("GET", "state")["leaks"]
        self.call("DELETE", "requests")

    @contextlib.contextmanager
    def fault(self, fault, **details):
        """Faults for a while; all of them must have been used."""
        self.clear()
        self.call("POST", "faults", [{"fault": fault, **details}])
        try:
            yield
            assert self.requests(hadFault=True), "no request met the fault"
        finally:
            self.call("DELETE", "faults")

    def memory(self):
        """Megabytes in memory."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


checks = []


def check(function):
    checks.append(function)
    return function


def raises(kinds, function, *arguments, **named):
    try:
        result = function(*arguments, **named)
    except kinds as error:
        return error
    raise AssertionError(f"no error, but {result!r}")


program = sys.argv[1]
megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else 160
scratch = tempfile.TemporaryDirectory()
root = pathlib.Path(scratch.name)
for name in [name for name in os.environ if name.startswith("HF_") or "proxy" in name.lower()]:
    del os.environ[name]
seed = root / "seed"
(seed / "meta").mkdir(parents=True)
(seed / "meta/info.json").write_text('{"codebase_version": "v3.0"}')
(seed / "meta/stats.json").write_text("{}")
(seed / "data.parquet").write_bytes(bytes(range(256)) * 2000)
hub = Hub(
    program, "--page", "3", "--part", str(PART), "--multipart-above", str(MULTIPART), "--xet",
    "--token", f"alice={ALICE}:write", "--token", f"bob={READER}:read",
    "--token", f"alice={FINE}:fineGrained", "--organization", "lab=alice:write",
    "--repo", f"dataset:lab/seed={seed}@v3.0", "--gated", "model:carol/gated",
    "--repo", f"model:carol/gated={seed}", "--private", "model:carol/private",
    "--repo", f"model:carol/public={seed}")
os.environ.update(
    HF_ENDPOINT=hub.endpoint, HF_HOME=str(root / "home"), HF_TOKEN=ALICE,
    HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DOWNLOAD_TIMEOUT="2", HF_HUB_ETAG_TIMEOUT="2")

import huggingface_hub  # noqa: E402
import requests  # noqa: E402
from huggingface_hub import HfApi, hf_hub_download  # noqa: E402

huggingface_hub.logging.set_verbosity_error()
api = HfApi()
model, dataset = "alice/policy", "alice/pusht"


class Loopback(requests.Session):
    """Sends what the client sends to huggingface.co, whatever the endpoint is, to the hub."""

    def request(self, method, url, *arguments, **named):
        url = url.replace("https://huggingface.co", hub.endpoint)
        assert url.startswith(("http://127.0.0.1:", "http://localhost:")), url
        return super().request(method, url, *arguments, **named)


huggingface_hub.configure_http_backend(Loopback)


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def download(path, repository=model, **named):
    return pathlib.Path(hf_hub_download(
        repository, path, cache_dir=tempfile.mkdtemp(dir=root), **named))


work = root / "work"
(work / "folder").mkdir(parents=True)
(work / "config.json").write_text('{"type": "act"}')
(work / "empty.safetensors").write_bytes(b"")
(work / "folder/odd name+%.txt").write_text("odd")
(work / "small.safetensors").write_bytes(os.urandom(200_000))
(work / "large.safetensors").write_bytes(os.urandom(1_234_567))
uploaded = {str(path.relative_to(work)) for path in work.rglob("*") if path.is_file()}
