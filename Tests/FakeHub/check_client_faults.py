"""What reaches the client when things go wrong, and what is no matter of the client."""

import contextlib
import hashlib
import json
import os
import subprocess
import unittest.mock

import huggingface_hub
import requests
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError)

from check_client_support import (
    ALICE, Hub, api, check, download, hub, megabytes, model, program, raises, root, seed, sha256,
    work)


@check
def faults_of_answers_reach_the_client():
    path = f"/api/models/{model}"
    for fault, status in [("serverError", 500), ("unavailable", 503)]:
        with hub.fault(fault, path=path):
            assert raises(HfHubHTTPError, api.model_info, model).response.status_code == status
    with hub.fault("tooManyRequests", value=7, path=path):
        error = raises(HfHubHTTPError, api.model_info, model)
        assert (error.response.status_code, error.response.headers["Retry-After"]) == (429, "7")
    for fault in ["htmlPage", "garbageJSON"]:
        with hub.fault(fault, path=path):
            raises(requests.exceptions.JSONDecodeError, api.model_info, model)
    with hub.fault("hugeHeaders", value=200, path=path):
        raises(requests.exceptions.ConnectionError, api.model_info, model)
    with hub.fault("redirect", value="http://localhost:9/", path=path):
        raises(requests.exceptions.ConnectionError, api.model_info, model)


@check
def faults_of_connections_reach_the_client():
    path = f"/api/models/{model}"
    for fault in [{"fault": "disconnect"}, {"fault": "cut", "value": 10}]:
        with hub.fault(**fault, path=path, times=9):
            raises(requests.exceptions.RequestException, api.model_info, model)
    with hub.fault("stall", path="config.json", times=9):
        raises(LocalEntryNotFoundError, download, "config.json")
    with hub.fault("stallAfter", value=5, method="GET", path="config.json"):
        assert download("config.json").read_bytes() == (work / "config.json").read_bytes()
    with hub.fault("slow", value=400_000, host="cdn", method="GET"):
        assert sha256(download("small.safetensors")) == sha256(work / "small.safetensors")


@check
def interrupted_downloads_resume_where_they_ended():
    cache = root / "resumed"
    piece = unittest.mock.patch.object(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 50_000)
    with piece, hub.fault("cut", value=320_000, host="cdn", method="GET"):
        # This release does not try again by itself after a cut, the next call resumes.
        raises(requests.exceptions.ChunkedEncodingError,
               hf_hub_download, model, "large.safetensors", cache_dir=cache)
        path = hf_hub_download(model, "large.safetensors", cache_dir=cache)
        assert sha256(path) == sha256(work / "large.safetensors")
        first, second = hub.requests(host="cdn", method="GET")
        assert first["range"] is None and second["range"] == "bytes=300000-", second
        assert second["status"] == 206
    with piece, hub.fault("stallAfter", value=320_000, host="cdn", method="GET"):
        assert sha256(download("large.safetensors")) == sha256(work / "large.safetensors")
        assert hub.requests(host="cdn", method="GET")[1]["range"] == "bytes=300000-"


@check
def faults_of_files_reach_the_client():
    with hub.fault("flipByte", value=7, host="cdn", method="GET"):
        flipped = download("small.safetensors").read_bytes()
        true = (work / "small.safetensors").read_bytes()
        assert [i for i in range(len(true)) if true[i] != flipped[i]] == [7]
    with hub.fault("endless", host="cdn", method="GET"):
        url = huggingface_hub.hf_hub_url("carol/public", "data.parquet")
        answer = requests.get(url, stream=True)
        pieces = zip(answer.iter_content(1 << 20), range(8))
        assert sum(len(piece) for piece, _ in pieces) == 8 << 20
        answer.close()
    with hub.fault("wrongLength", value=199_000, host="cdn", method="GET"):
        raises(OSError, download, "small.safetensors")
    hostile = ["../../escaped", "/etc/escaped", "a//b", "", "nul\0", "line\nend"]
    with hub.fault("hostilePaths", values=hostile, path=f"/api/models/{model}/tree"):
        found = [e.path for e in api.list_repo_tree(model)]
        assert set(hostile) <= set(found)
    next_page = f'<{hub.endpoint}/api/models/none/tree/main>; rel="next"'
    with hub.fault("link", value=next_page, path="tree"):
        raises(RepositoryNotFoundError, lambda: list(api.list_repo_tree(model)))


@check
def uploads_survive_or_fail_whole():
    before = api.list_repo_files(model)
    new = root / "new.safetensors"
    new.write_bytes(os.urandom(500_000))
    named = dict(repo_id=model, path_or_fileobj=new, path_in_repo="new.safetensors")
    with hub.fault("serverError", path=f"/api/models/{model}/commit"):
        raises(HfHubHTTPError, api.upload_file, **named)
    assert api.list_repo_files(model) == before
    assert hub.call("GET", "state")["unreferencedObjects"] == 1
    with hub.fault("loseAnswer", path=f"/api/models/{model}/commit"):
        raises(requests.exceptions.ConnectionError, api.upload_file, **named)
    assert hub.call("GET", "state")["unreferencedObjects"] == 0
    assert sha256(download("new.safetensors")) == sha256(new)
    new.write_bytes(os.urandom(500_000))
    with hub.fault("answer", status=403, host="cdn", method="PUT", times=9):
        raises(RuntimeError, api.upload_file, **named)
    assert hub.call("GET", "state")["unfinishedUploads"] == 1
    with hub.fault("serverError", host="cdn", method="PUT", times=2):
        api.upload_file(**named)
    assert sha256(download("new.safetensors")) == sha256(new)
    new.write_bytes(os.urandom(500_000))
    with hub.fault("cutUpload", value=50_000, host="cdn", method="PUT"):
        api.upload_file(**named)
    assert sha256(download("new.safetensors")) == sha256(new)


@check
def wrong_objects_are_refused():
    name = "0" * 64
    answer = requests.post(
        f"{hub.endpoint}/{model}.git/info/lfs/objects/batch",
        json={"operation": "upload", "objects": [{"oid": name, "size": 4}]},
        headers={"Authorization": f"Bearer {ALICE}"})
    href = answer.json()["objects"][0]["actions"]["upload"]["href"]
    assert requests.put(href, data=b"four").status_code == 400
    assert requests.put(href.split("?")[0], data=b"four").status_code == 403
    pieces = (piece for piece in [b"fo", b"ur"])
    assert requests.put(href, data=pieces).status_code == 400


@check
def a_proxy_is_seen():
    hub.clear()
    path = download("meta/info.json", "carol/public", proxies={"http": hub.endpoint})
    assert path.read_text() == (seed / "meta/info.json").read_text()
    path = download("data.parquet", "carol/public", proxies={"http": hub.endpoint})
    assert sha256(path) == sha256(seed / "data.parquet")
    proxied = [(r["host"], r["method"]) for r in hub.requests(isProxied=True)]
    assert proxied == [("endpoint", "HEAD"), ("endpoint", "GET")] + [
        ("endpoint", "HEAD"), ("cdn", "GET")], proxied
    answer = raises(
        requests.exceptions.ProxyError, requests.get, "https://huggingface.co",
        proxies={"https": hub.endpoint})
    assert "502" in str(answer)


@check
def permissions_to_continue_are_given():
    text = json.dumps({"content": "---\nlicense: mit\n---\n", "repoType": "model"})
    answer = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "-H", "Expect: 100-continue", "--expect100-timeout", "20",
         "-H", "Content-Type: application/json", "-d", text, f"{hub.endpoint}/api/validate-yaml"],
        capture_output=True, text=True, timeout=10)
    assert json.loads(answer.stdout)["errors"] == [], answer


@check
def large_files_do_not_stay_in_memory():
    large = Hub(program, "--token", f"alice={ALICE}:write")
    try:
        remote = HfApi(endpoint=large.endpoint)
        remote.create_repo("alice/large")
        path = root / "large.bin"
        with open(path, "wb") as file:
            file.truncate(megabytes << 20)
        before = large.memory()
        with unittest.mock.patch.object(huggingface_hub.constants, "ENDPOINT", large.endpoint):
            remote.upload_file(
                repo_id="alice/large", path_or_fileobj=path, path_in_repo="large.bin")
        url = huggingface_hub.hf_hub_url("alice/large", "large.bin", endpoint=large.endpoint)
        digest = hashlib.sha256()
        with requests.get(url, stream=True) as answer:
            for piece in answer.iter_content(1 << 20):
                digest.update(piece)
        with open(path, "rb") as file:
            assert digest.hexdigest() == hashlib.file_digest(file, "sha256").hexdigest()
        grown = large.memory() - before
        assert grown < 48, f"{grown:.0f} MB more"
    finally:
        assert large.stop() == 0


@check
def files_may_redirect_first():
    redirecting = Hub(program, "--resolve-cache", "--repo", f"model:carol/public={seed}")
    try:
        path = download(
            "meta/info.json", "carol/public", endpoint=redirecting.endpoint, token=False)
        assert path.read_text() == (seed / "meta/info.json").read_text()
        assert "resolve-cache" in redirecting.requests()[1]["path"]
    finally:
        assert redirecting.stop() == 0


@check
def random_faults_repeat_with_their_seed():
    statuses = []
    for _ in range(2):
        faulty = Hub(
            program, "--random-faults", "7", "0.5", "--repo", f"model:carol/public={seed}")
        for _ in range(40):
            with contextlib.suppress(requests.exceptions.RequestException):
                requests.get(f"{faulty.endpoint}/api/models/carol/public")
        statuses.append([r["hadFault"] for r in faulty.requests()])
        assert faulty.stop() == 0
    assert statuses[0] == statuses[1] and 10 < sum(statuses[0]) < 30, statuses


@check
def wrong_arguments_are_one_line():
    for arguments in [["--nonsense"], ["--port", "x"], ["--repo", "dataset:x"], ["--port"]]:
        answer = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=20)
        assert answer.returncode == 2 and answer.stderr.count("\n") == 1, arguments


@check
def no_token_reached_the_cdn():
    hub.clear()
    assert hub.leaks == 0
