"""What arrived at the server from one run, as parts that two runs can be compared by.

A part is {item: value}. What differs from run to run by its nature (times, digests, folders, the run's identifier) is
replaced by a word that says of what kind it is, after it was checked to be of that kind.
"""

import hashlib
import json
import re

# Seconds that something took, and moments.
TIMES = {"_timestamp", "_runtime", "_wandb.runtime", "train/update_s", "train/dataloading_s", "eval/eval_s"}
RUN_FIELDS = ("project", "entity", "display_name", "job_type", "group", "notes", "tags", "host", "program", "repo", "commit",
              "sweep", "description")  # fmt: skip
# Texts of LeRobot's log that every run says.
LOGGED = (
    "Logs will be synced with wandb.", "Track this run -->", "Creating dataset", "Creating policy",
    "Creating optimizer and scheduler", "Start offline training on a fixed dataset", "Checkpoint policy after step",
    "Eval policy at step", "End of training",
)  # fmt: skip
MANIFEST = b"wandb-artifact-manifest-v1\n"


def parts(arrived: dict, names: dict[str, str]) -> dict[str, dict]:
    """Everything in its parts; `names` are texts of this run (its folder, its identifier) and what stands for them."""
    arrived = renamed(arrived, {**names, arrived["name"]: "RUN"})
    return {
        "run": run_part(arrived), "config": config_part(arrived), "telemetry": telemetry_part(arrived),
        "metadata": metadata_part(arrived), "history": history_part(arrived), "summary": row(arrived["summary"]),
        "videos": videos_part(arrived), "artifacts": artifacts_part(arrived), "files": files_part(arrived),
        "console": console_part(arrived), "system metrics": events_part(arrived),
    }  # fmt: skip


def renamed(value, names: dict[str, str]):
    """The same with texts replaced, the longest first."""
    text = json.dumps(value)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, names[name])
    return json.loads(text)


def flat(value, prefix: str = "") -> dict:
    """{path with dots: leaf}; lists are leaves."""
    if not isinstance(value, dict) or not value:
        return {prefix: value}
    found = {}
    for key, inner in value.items():
        found.update(flat(inner, f"{prefix}.{key}" if prefix else key))
    return found


def run_part(arrived: dict) -> dict:
    end = arrived["ends"][-1] if arrived["ends"] else {}
    found = {field: arrived.get(field) for field in RUN_FIELDS if arrived.get(field) not in (None, "")}
    return found | {"complete": end.get("complete"), "exit code": end.get("exitcode")}


def config_part(arrived: dict) -> dict:
    """The configuration; every value arrives as {"value": …}."""
    return flat({key: item["value"] for key, item in arrived["config"].items() if key != "_wandb"})


def telemetry_part(arrived: dict) -> dict:
    """What wandb says of itself in the configuration."""
    told = dict(arrived["config"].get("_wandb", {}).get("value", {}))
    writers = told.pop("e", {})
    told.pop("start_time", None)
    return flat(told) | {"writers": len(writers)}


def metadata_part(arrived: dict) -> dict:
    """The file about machine and program; what changes from minute to minute is named."""
    found = flat(arrived["metadata"])
    kinds = {r"(startedAt|started_at)$": "a time", r"(writerId|writer_id)$": "an identifier", r"^disk\..*\.used$": "a size"}
    for item in found:
        for pattern, kind in kinds.items():
            if re.search(pattern, item) and found[item]:
                found[item] = kind
    return found


def row(values: dict) -> dict:
    """A history row or a summary, with times and digests named."""
    found = {}
    for name, value in flat(values).items():
        if name in TIMES:
            value = "a time" if isinstance(value, (int, float)) and value >= 0 else f"no time: {value}"
        elif name.endswith(".sha256"):
            value = "a digest" if re.fullmatch(r"[0-9a-f]{64}", str(value)) else f"no digest: {value}"
        elif name.endswith(".size"):
            value = "a size" if isinstance(value, int) and value > 0 else f"no size: {value}"
        elif name.endswith(".path"):
            value = re.sub(r"_[0-9a-f]{20}\.mp4$", "_DIGEST.mp4", str(value))
        found[name] = value
    return found


def history_part(arrived: dict) -> dict:
    """Every row's values under `step: name`; the steps in the order they arrived; times that run backwards."""
    rows = arrived["history"]
    steps = [values.get("_step") for values in rows]
    times = [values.get("_timestamp", 0) for values in rows]
    found = {
        "steps": steps, "places": arrived["history_places"] == list(range(len(rows))),
        "rewritten rows": len(arrived["rewritten"]), "times in order": times == sorted(times),
    }  # fmt: skip
    for values in rows:
        step = values.get("_step")
        found.update({f"{step}: {name}": value for name, value in row(values).items()})
    return found


def videos_part(arrived: dict) -> dict:
    """Every video of the history: is it named after its step and digest, and did that file arrive?"""
    found = {}
    for values in arrived["history"]:
        for key, video in values.items():
            if isinstance(video, dict) and video.get("_type") == "video-file":
                found[f"{values['_step']}: {key}"] = video_state(video, key, values["_step"], arrived["files"])
    return found


def video_state(video: dict, key: str, step: int, files: dict) -> str:
    named = f"media/videos/{key.rsplit('/', 1)[0]}/video_{step}_{video['sha256'][:20]}.mp4"
    if video["path"] != named:
        return f"named {video['path']}, not {named}"
    file = files.get(video["path"])
    if file is None:
        return "its file did not arrive"
    same = file["sha256"] == video["sha256"] and file["size"] == video["size"]
    return "arrived" if same else "another file arrived"


def artifacts_part(arrived: dict) -> dict:
    found = {"count": len(arrived["artifacts"])}
    for artifact in arrived["artifacts"]:
        keys = ("type", "aliases", "metadata", "description", "tags", "ttl", "step", "state", "client_ids")
        found.update({f"{artifact['name']}: {key}": artifact[key] for key in keys})
        found[f"{artifact['name']}: files"] = {name: file["size"] for name, file in artifact["files"].items()}
        found[f"{artifact['name']}: manifest"] = manifest_state(artifact)
    return found


def manifest_state(artifact: dict) -> str:
    """Whether manifest, digest and the bytes that arrived agree."""
    manifest = artifact["manifest"]
    if manifest is None:
        return "did not arrive"
    digests = {name: entry["digest"] for name, entry in manifest["contents"].items()}
    if digests != {name: file["md5"] for name, file in artifact["files"].items()}:
        return "its digests are not those of the files"
    lines = "".join(f"{name}:{digest}\n" for name, digest in sorted(digests.items()))
    if artifact["digest"] != hashlib.md5(MANIFEST + lines.encode()).hexdigest():
        return "the artifact's digest is not that of its manifest"
    policy = (manifest.get("version"), manifest.get("storagePolicy"), manifest.get("storagePolicyConfig"))
    return f"agrees; {policy}"


def files_part(arrived: dict) -> dict:
    return {re.sub(r"_[0-9a-f]{20}\.mp4$", "_DIGEST.mp4", name): "arrived" for name in arrived["files"]}


def console_part(arrived: dict) -> dict:
    """Which of LeRobot's texts the console has, and the steps that it logs."""
    text = "\n".join(arrived["console"])
    steps = sorted({int(step) for step in re.findall(r"step:(\d+) smpl:", text)})
    return {said: said in text for said in LOGGED} | {"steps logged": steps}


def events_part(arrived: dict) -> dict:
    """Which system metrics arrived; each has to be a number."""
    found = {}
    for event in arrived["events"]:
        for name, value in event.items():
            number = isinstance(value, (int, float))
            found[name] = "a number" if number and found.get(name, "a number") == "a number" else f"no number: {value}"
    return found
