"""What the client does with a hub that works."""

import hashlib
import pathlib

import huggingface_hub
import requests
from huggingface_hub import ModelCard, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError, GatedRepoError, HfHubHTTPError, RepositoryNotFoundError,
    RevisionNotFoundError)

from check_client_support import (
    ALICE, FINE, PART, READER, api, check, dataset, download, hub, model, raises, root, seed,
    sha256, uploaded, work)


@check
def whoami_shows_user_organizations_and_token():
    answer = api.whoami()
    assert answer["name"] == "alice" and answer["orgs"][0]["name"] == "lab"
    assert answer["orgs"][0]["roleInOrg"] == "write"
    assert answer["auth"]["accessToken"]["role"] == "write"
    fine = api.whoami(token=FINE)["auth"]["accessToken"]
    assert fine["role"] == "fineGrained"
    assert "repo.write" in fine["fineGrained"]["scoped"][0]["permissions"]


@check
def repositories_are_created_once():
    url = api.create_repo(model, private=True)
    assert (url.repo_id, url.repo_type, url.endpoint) == (model, "model", hub.endpoint)
    error = raises(HfHubHTTPError, api.create_repo, model)
    assert error.response.status_code == 409
    assert api.create_repo(model, exist_ok=True).repo_id == model
    assert api.model_info(model).private
    url = api.create_repo(dataset, repo_type="dataset")
    assert (url.repo_id, url.repo_type) == (dataset, "dataset")
    assert not api.dataset_info(dataset).private
    assert api.create_repo("lab/shared").repo_id == "lab/shared"


@check
def a_folder_goes_up_as_regular_files_and_lfs_objects():
    commit = api.upload_folder(repo_id=model, folder_path=work, commit_message="All files")
    assert set(api.list_repo_files(model)) == uploaded | {".gitattributes"}
    assert api.model_info(model).sha == commit.oid
    puts = hub.requests(method="PUT", status=200)
    sizes = sorted(r["bodySize"] for r in puts)
    assert sizes == sorted([200_000] + [PART] * 12 + [34_567]), sizes
    assert {r["host"] for r in puts} == {"cdn"}
    state = hub.call("GET", "state")
    assert state["unreferencedObjects"] == 0 and state["unfinishedUploads"] == 0


@check
def the_same_folder_again_makes_no_commit():
    before = api.model_info(model).sha
    hub.clear()
    api.upload_folder(repo_id=model, folder_path=work)
    assert api.model_info(model).sha == before and not hub.requests(method="PUT")


@check
def commits_refs_and_tags_are_listed():
    titles = [commit.title for commit in api.list_repo_commits(model)]
    assert titles == ["All files", "initial commit"]
    api.create_tag(model, tag="v1.0", tag_message="first")
    assert raises(HfHubHTTPError, api.create_tag, model, tag="v1.0").response.status_code == 409
    api.create_tag(model, tag="v1.0", exist_ok=True)
    raises(RevisionNotFoundError, api.create_tag, model, tag="v2", revision="nowhere")
    refs = api.list_repo_refs(model, include_pull_requests=True)
    assert [tag.ref for tag in refs.tags] == ["refs/tags/v1.0"]
    assert refs.tags[0].target_commit == refs.branches[0].target_commit == api.model_info(model).sha
    api.create_tag(model, tag="old")
    api.delete_tag(model, tag="old")
    raises(RevisionNotFoundError, api.delete_tag, model, tag="old")


@check
def branches_with_slashes_work():
    api.create_branch(model, branch="try/one")
    error = raises(HfHubHTTPError, api.create_branch, model, branch="try/one")
    assert error.response.status_code == 409
    api.create_branch(model, branch="try/one", exist_ok=True)
    api.upload_file(repo_id=model, path_or_fileobj=b"hi", path_in_repo="hi.txt", revision="try/one")
    assert api.file_exists(model, "hi.txt", revision="try/one")
    assert not api.file_exists(model, "hi.txt")
    assert download("hi.txt", revision="try/one").read_text() == "hi"
    assert "hi.txt" in [f.path for f in api.list_repo_tree(model, revision="try/one")]
    api.delete_branch(model, branch="try/one")
    raises(RevisionNotFoundError, api.model_info, model, revision="try/one")


@check
def trees_come_in_pages():
    hub.clear()
    entries = list(api.list_repo_tree(model, recursive=True, expand=True))
    assert len(hub.requests(path=f"/api/models/{model}/tree/main")) == 3
    assert {e.path for e in entries} == uploaded | {".gitattributes", "folder"}
    large = next(e for e in entries if e.path == "large.safetensors")
    assert large.size == large.lfs.size == 1_234_567
    assert large.lfs.sha256 == sha256(work / "large.safetensors")
    assert large.last_commit.title == "All files"
    below = [e.path for e in api.list_repo_tree(model, "folder")]
    assert below == ["folder/odd name+%.txt"]
    raises(EntryNotFoundError, lambda: list(api.list_repo_tree(model, "nowhere")))
    infos = api.get_paths_info(model, ["config.json", "folder", "nowhere"], expand=True)
    assert [type(i).__name__ for i in infos] == ["RepoFile", "RepoFolder"]


@check
def information_has_blobs():
    files = {s.rfilename: s for s in api.model_info(model, files_metadata=True).siblings}
    text = (work / "config.json").read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest()
    assert (files["config.json"].blob_id, files["config.json"].size) == (blob, len(text))
    assert files["small.safetensors"].lfs.sha256 == sha256(work / "small.safetensors")


@check
def the_cache_has_its_layout():
    for name in uploaded:
        path = download(name)
        assert path.read_bytes() == (work / name).read_bytes(), name
        blob = path.resolve()
        assert path.is_symlink() and blob.parent.name == "blobs"
        if name == "large.safetensors":
            assert blob.name == sha256(path)


@check
def ranges_hold_for_regular_files_too():
    url = huggingface_hub.hf_hub_url(model, "config.json")
    bearer = {"Authorization": f"Bearer {ALICE}"}
    text = (work / "config.json").read_bytes()
    parts = {"bytes=2-4": text[2:5], "bytes=3-": text[3:], "bytes=-4": text[-4:]}
    for wanted, expected in parts.items():
        answer = requests.get(url, headers={**bearer, "Range": wanted})
        assert (answer.status_code, answer.content) == (206, expected), wanted
    beyond = requests.get(url, headers={**bearer, "Range": "bytes=1000-"})
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{len(text)}"


@check
def snapshots_are_downloaded():
    path = pathlib.Path(snapshot_download(model, revision="v1.0", cache_dir=root / "cache"))
    assert {str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()} >= uploaded
    assert path.parent.name == "snapshots"
    refs = path.parent.parent / "refs/v1.0"
    assert refs.read_text() == path.name == api.model_info(model).sha
    local = root / "local"
    snapshot_download("lab/seed", repo_type="dataset", revision="v3.0", local_dir=local)
    assert sha256(local / "data.parquet") == sha256(seed / "data.parquet")
    assert (local / ".cache/huggingface/download/meta/info.json.metadata").is_file()
    hub.clear()
    snapshot_download(model, revision="v1.0", cache_dir=root / "cache")
    assert not hub.requests(host="cdn"), "files were downloaded again"


@check
def errors_are_told_apart():
    for token in [ALICE, False]:
        error = raises(RepositoryNotFoundError, api.model_info, "alice/none", token=token)
        assert error.response.status_code == (404 if token else 401)
    raises(RevisionNotFoundError, api.model_info, model, revision="none")
    raises(RevisionNotFoundError, download, "config.json", revision="none")
    error = raises(EntryNotFoundError, download, "none.json")
    assert error.response.headers["X-Repo-Commit"] == api.model_info(model).sha
    assert "Request ID: endpoint-" in str(error)
    error = raises(HfHubHTTPError, api.model_info, model, token="hf_unknown")
    assert error.response.status_code == 401 and not isinstance(error, RepositoryNotFoundError)
    raises(requests.HTTPError, api.whoami, token="hf_unknown")


@check
def private_repositories_are_hidden():
    for token in [READER, False]:
        raises(RepositoryNotFoundError, api.model_info, model, token=token)
        raises(RepositoryNotFoundError, download, "config.json", token=token)
    raises(RepositoryNotFoundError, api.model_info, "carol/private")
    assert api.model_info(model, token=FINE).private


@check
def gated_repositories_show_their_list_only():
    assert "meta/info.json" in api.list_repo_files("carol/gated")
    error = raises(GatedRepoError, download, "meta/info.json", "carol/gated")
    assert error.response.status_code == 403
    raises(GatedRepoError, download, "meta/info.json", "carol/gated", token=False)
    raises(GatedRepoError, api.auth_check, "carol/gated")
    api.auth_check("carol/public")


@check
def writing_needs_the_right():
    named = dict(path_or_fileobj=b"x", path_in_repo="x.txt")
    for repository, token, status in [
        ("carol/public", ALICE, 403), ("carol/public", READER, 403), ("carol/public", FINE, 403),
        ("carol/public", False, 401), ("lab/shared", FINE, 403),
    ]:
        error = raises(HfHubHTTPError, api.upload_file, repo_id=repository, token=token, **named)
        assert error.response.status_code == status, (repository, token)
    for owner, token in [("carol", ALICE), ("bob", READER)]:
        error = raises(HfHubHTTPError, api.create_repo, f"{owner}/new", token=token)
        assert error.response.status_code == 403
    api.upload_file(repo_id=model, token=FINE, **named)
    api.upload_file(repo_id="lab/shared", **named)


@check
def files_are_deleted():
    api.delete_file("x.txt", model)
    assert not api.file_exists(model, "x.txt")
    raises(EntryNotFoundError, api.delete_file, "x.txt", model)
    api.delete_folder("folder", model)
    assert not [f for f in api.list_repo_files(model) if f.startswith("folder")]


@check
def a_stale_parent_is_refused():
    parent = api.list_repo_commits(model)[1].commit_id
    error = raises(
        HfHubHTTPError, api.upload_file, repo_id=model, path_or_fileobj=b"y", path_in_repo="y.txt",
        parent_commit=parent)
    assert error.response.status_code == 412 and not api.file_exists(model, "y.txt")


@check
def cards_are_validated_and_pushed():
    card = ModelCard("---\nlicense: apache-2.0\ntags:\n- robotics\n---\n# A policy\n")
    card.validate()
    card.push_to_hub(model)
    assert ModelCard.load(model).data.license == "apache-2.0"
    broken = "---\nlicense: [mit\n---\n"
    answer = requests.post(f"{hub.endpoint}/api/validate-yaml", {"content": broken})
    assert answer.status_code == 400
    raises(
        ValueError, api.upload_file, repo_id=model, path_or_fileobj=broken.encode(),
        path_in_repo="README.md")


@check
def datasets_go_up_and_down():
    api.upload_folder(repo_id=dataset, folder_path=seed, repo_type="dataset", revision="main")
    api.create_tag(dataset, tag="v3.0", repo_type="dataset")
    api.upload_large_folder(repo_id="lab/large", folder_path=seed, repo_type="dataset",
                            print_report=False)
    for name in [dataset, "lab/large"]:
        path = download("data.parquet", name, repo_type="dataset")
        assert sha256(path) == sha256(seed / "data.parquet")


@check
def repositories_are_deleted():
    api.delete_repo("lab/shared")
    assert not api.repo_exists("lab/shared")
    raises(RepositoryNotFoundError, api.delete_repo, "lab/shared")
    api.delete_repo("lab/shared", missing_ok=True)
