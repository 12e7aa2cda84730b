"""A server for Weights & Biases on loopback: it takes what a run sends and tells what arrived.

    python Scripts/wandb_checking/server.py [--port 0] [--log FILE]

It answers the GraphQL operations of wandb 0.21 to 0.31 (its Go core and its older Python sender), file streams, uploads
to addresses that it hands out, and artifacts. Everything is kept in memory. `GET /_runs` is what arrived, `GET /_log` every
request; `POST /_mode` with {"mode": "answer" | "fail" | "hang"} makes it answer, answer 500, or answer nothing.
A known run is answered with what it has, so that resuming it works.
"""

import argparse
import base64
import gzip
import hashlib
import http.server
import json
import re
import socketserver
import sys
import threading
import time
import urllib.parse

ENTITY = "fake-entity"
FIELDS = {  # What a variable of UpsertBucket is called in a run.
    "displayName": "display_name", "jobType": "job_type", "groupName": "group", "notes": "notes", "tags": "tags",
    "host": "host", "program": "program", "repo": "repo", "commit": "commit", "state": "state", "sweep": "sweep",
    "debug": "debug", "description": "description",
}  # fmt: skip
STREAMED = {"wandb-history.jsonl": "history", "wandb-events.jsonl": "events", "output.log": "console"}
# Features that the older sender looks for in the schema.
INPUT_FIELDS = (
    "entityName projectName runName digest clientID sequenceClientID enableDigestDeduplication historyStep "
    "ttlDurationSeconds tags storageRegion"
).split()


class Run:
    """What has arrived for one run."""

    def __init__(self, name: str, project: str, entity: str):
        self.name, self.project, self.entity = name, project, entity
        self.fields: dict = {}
        self.config: dict = {}
        self.summary: dict = {}
        self.lines: dict[str, dict[int, str]] = {key: {} for key in STREAMED.values()}
        self.files: dict[str, bytes] = {}
        self.artifacts: list[dict] = []
        self.ends: list[dict] = []
        self.rewritten: list[dict] = []

    def storage_id(self) -> str:
        return base64.b64encode(f"Run:v1:{self.name}:{self.project}:{self.entity}".encode()).decode()

    def take(self, variables: dict) -> None:
        """What a run's record says of it; a value that is not sent stays."""
        for variable, field in FIELDS.items():
            if variables.get(variable) is not None:
                self.fields[field] = variables[variable]
        if variables.get("config"):
            self.config.update(json.loads(variables["config"]))
        if variables.get("summaryMetrics"):
            self.summary.update(json.loads(variables["summaryMetrics"]))

    def stream(self, body: dict) -> None:
        """One request of a file stream: every line takes the place that its offset gives it."""
        for name, part in (body.get("files") or {}).items():
            if name == "wandb-summary.json":
                self.summary = json.loads(part["content"][-1])
                continue
            lines = self.lines.setdefault(STREAMED.get(name, name), {})
            for place, line in enumerate(part["content"], start=part.get("offset") or 0):
                if lines.get(place, line) != line and name == "wandb-history.jsonl":
                    self.rewritten.append({"place": place, "old": lines[place], "new": line})
                lines[place] = line
        if body.get("complete") is not None or body.get("exitcode") is not None:
            self.ends.append({key: body.get(key) for key in ("complete", "exitcode")})

    def rows(self, stream: str) -> list[str]:
        return [line for _, line in sorted(self.lines[stream].items())]

    def tail(self, stream: str) -> str:
        return json.dumps(self.rows(stream)[-1:])

    def bucket(self) -> dict:
        """The run as GraphQL answers it."""
        telemetry = (self.config.get("_wandb") or {}).get("value", {}).get("t", {})
        return {
            "id": self.storage_id(), "name": self.name, "displayName": self.fields.get("display_name", self.name),
            "description": "", "notes": self.fields.get("notes"), "tags": self.fields.get("tags", []),
            "config": json.dumps(self.config), "summaryMetrics": json.dumps(self.summary), "sweepName": None,
            "historyLineCount": len(self.lines["history"]), "eventsLineCount": len(self.lines["events"]),
            "logLineCount": len(self.lines["console"]), "historyTail": self.tail("history"),
            "eventsTail": self.tail("events"), "wandbConfig": json.dumps({"t": telemetry}),
            "createdAt": "2025-01-01T00:00:00Z", "stopped": False,
            "project": {"id": "UHJvamVjdDox", "name": self.project, "entity": entity(self.entity)},
        }  # fmt: skip

    def arrived(self) -> dict:
        """All of it, as JSON."""
        return {
            "name": self.name, "project": self.project, "entity": self.entity, **self.fields,
            "config": self.config, "summary": self.summary, "history": list(map(json.loads, self.rows("history"))),
            "events": list(map(json.loads, self.rows("events"))), "console": self.rows("console"),
            "history_places": sorted(self.lines["history"]), "rewritten": self.rewritten, "ends": self.ends,
            "files": {name: described(data) for name, data in sorted(self.files.items())},
            "metadata": json.loads(self.files.get("wandb-metadata.json", b"{}")), "artifacts": self.artifacts,
        }  # fmt: skip


def entity(name: str) -> dict:
    return {"id": "RW50aXR5OjE=", "name": name}


def described(data: bytes) -> dict:
    return {
        "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
        "md5": base64.b64encode(hashlib.md5(data).digest()).decode(),
    }  # fmt: skip


class Store:
    """The runs and artifacts of a server, and the answers to GraphQL operations on them."""

    def __init__(self):
        self.runs: dict[str, Run] = {}
        self.artifacts: dict[str, dict] = {}
        self.manifests: dict[str, str] = {}
        self.unknown: list[str] = []
        self.base = ""

    def run(self, variables: dict) -> Run | None:
        return self.runs.get(variables.get("name") or variables.get("run") or variables.get("runName") or "")

    def answer(self, operation: str, variables: dict, query: str) -> dict:
        if operation.startswith("Probe"):
            return probed(query)
        method = getattr(self, f"on_{operation}", None)
        if method is None:
            self.unknown.append(operation)
            return {}
        return method(variables)

    # Who asks, and what the server can do.

    def on_Viewer(self, _: dict) -> dict:
        team = {"node": {"id": "VGVhbTox", "name": ENTITY}}
        return {"viewer": {"id": "VXNlcjox", "entity": ENTITY, "username": "fake-user", "email": "fake@example.com",
                           "flags": "{}", "admin": False, "teams": {"edges": [team]}}}  # fmt: skip

    def on_ServerFeaturesQuery(self, _: dict) -> dict:
        features = ("LARGE_FILENAMES", "ARTIFACT_TAGS", "CLIENT_IDS", "ARTIFACT_COLLECTION_MEMBERSHIP_FILES")
        return {"serverInfo": {"features": [{"name": name, "isEnabled": True} for name in features]}}

    def on_OrgFeatureFlags(self, _: dict) -> dict:
        return {"serverInfo": {"orgFeatureFlags": []}, "organization": {"featureFlags": []}}

    def on_InputFields(self, _: dict) -> dict:
        return {"TypeInfo": {"name": "CreateArtifactInput", "inputFields": [{"name": name} for name in INPUT_FIELDS]}}

    def on_TypeFields(self, _: dict) -> dict:
        return {"TypeInfo": {"fields": []}}

    def on_OrganizationCoreWeaveOrganizationID(self, _: dict) -> dict:
        return {"entity": {"organization": {"coreWeaveOrganizationId": None}}}

    def on_FetchOrgEntityFromEntity(self, _: dict) -> dict:
        return {"entity": {"organization": None, "user": {"organizations": []}}}

    def on_XXHashDigestsEnabled(self, _: dict) -> dict:
        return {}

    # Runs.

    def on_UpsertBucket(self, variables: dict) -> dict:
        name = variables.get("name") or next(
            (run.name for run in self.runs.values() if run.storage_id() == variables.get("id")), "unnamed")  # fmt: skip
        new = name not in self.runs
        run = self.runs.setdefault(
            name, Run(name, variables.get("project") or "uncategorized", variables.get("entity") or ENTITY))  # fmt: skip
        run.take(variables)
        return {"upsertBucket": {"bucket": run.bucket(), "inserted": new, "serverSettings": {"serverMessages": []}}}

    def on_RunResumeStatus(self, variables: dict) -> dict:
        run = self.run(variables)
        project = {"id": "UHJvamVjdDox", "name": variables.get("project"), "entity": entity(ENTITY)}
        return {"model": project | {"bucket": run.bucket() if run else None}}

    def on_RunStoppedStatus(self, _: dict) -> dict:
        return {"project": {"run": {"stopped": False}}}

    def on_RunState(self, _: dict) -> dict:
        return {"project": {"run": {"state": "running"}}}

    def on_NotifyScriptableRunAlert(self, _: dict) -> dict:
        return {"notifyScriptableRunAlert": {"success": True}}

    # A run's files.

    def upload_address(self, *parts: str) -> str:
        return f"{self.base}/upload/" + "/".join(urllib.parse.quote(part, safe="") for part in parts)

    def on_CreateRunFiles(self, variables: dict) -> dict:
        run = variables["run"]
        files = [{"name": name, "uploadUrl": self.upload_address("run", run, name)} for name in variables["files"]]
        return {"createRunFiles": {"runID": run, "uploadHeaders": [], "files": files}}

    def on_RunUploadUrls(self, variables: dict) -> dict:
        run = variables["run"]
        edges = [{"node": {"name": name, "uploadUrl": self.upload_address("run", run, name), "updatedAt": None}}
                 for name in variables["files"]]  # fmt: skip
        return {"model": {"bucket": {"id": run, "files": {"uploadHeaders": [], "edges": edges}}}}

    def on_MarkRunFilesUploaded(self, _: dict) -> dict:
        return {"markRunFilesUploaded": {"success": True}}

    # Artifacts.

    def on_CreateArtifact(self, variables: dict) -> dict:
        asked = variables.get("input") or variables
        collections = asked.get("artifactCollectionNames") or []
        identifier = base64.b64encode(f"Artifact:{len(self.artifacts) + 1}".encode()).decode()
        metadata = asked.get("metadata")
        artifact = {
            "id": identifier, "name": collections[0] if collections else asked.get("artifactCollectionName"),
            "type": asked.get("artifactTypeName"), "aliases": [alias["alias"] for alias in asked.get("aliases") or []],
            "digest": asked.get("digest"), "metadata": json.loads(metadata) if metadata else None,
            "description": asked.get("description"), "tags": [tag["tagName"] for tag in asked.get("tags") or []],
            "ttl": asked.get("ttlDurationSeconds"), "step": asked.get("historyStep"), "state": "PENDING",
            "deduplicates": asked.get("enableDigestDeduplication"), "manifest": None, "files": {},
            "client_ids": [len(asked.get(key) or "") for key in ("clientID", "sequenceClientID")],
        }  # fmt: skip
        self.artifacts[identifier] = artifact
        if run := self.runs.get(asked.get("runName") or ""):
            run.artifacts.append(artifact)
        sequence = {"id": "QXJ0aWZhY3RTZXF1ZW5jZTox", "latestArtifact": None}
        made = {"id": identifier, "state": "PENDING", "digest": asked.get("digest"), "artifactSequence": sequence}
        return {"createArtifact": {"artifact": made}}

    def manifest_file(self, manifest: str, artifact: str) -> dict:
        self.manifests[manifest] = artifact
        return {"id": manifest, "file": {
            "id": f"file-{manifest}", "name": "wandb_manifest.json", "displayName": "wandb_manifest.json",
            "uploadUrl": self.upload_address("manifest", artifact), "uploadHeaders": []}}  # fmt: skip

    def on_CreateArtifactManifest(self, variables: dict) -> dict:
        asked = variables.get("input") or variables
        manifest = f"manifest-{len(self.manifests) + 1}"
        return {"createArtifactManifest": {"artifactManifest": self.manifest_file(manifest, asked["artifactID"])}}

    def on_UpdateArtifactManifest(self, variables: dict) -> dict:
        manifest = (variables.get("input") or variables)["artifactManifestID"]
        return {"updateArtifactManifest": {"artifactManifest": self.manifest_file(manifest, self.manifests[manifest])}}

    def on_CreateArtifactFiles(self, variables: dict) -> dict:
        files = (variables.get("input") or variables)["artifactFiles"]
        edges = []
        for place, file in enumerate(files):
            edges.append({"node": {
                "id": f"artifact-file-{place}", "name": file["name"], "displayName": file["name"],
                "uploadUrl": self.upload_address("artifact", file["artifactID"], file["name"]), "uploadHeaders": [],
                "uploadMultipartUrls": None, "storagePath": f"wandb_artifacts/{file['artifactID']}/{file['name']}",
                "artifact": {"id": file["artifactID"]}}})  # fmt: skip
        return {"createArtifactFiles": {"files": {"edges": edges}}}

    def on_CommitArtifact(self, variables: dict) -> dict:
        artifact = self.artifacts[(variables.get("input") or variables)["artifactID"]]
        artifact["state"] = "COMMITTED"
        return {"commitArtifact": {"artifact": {"id": artifact["id"], "digest": artifact["digest"]}}}

    def on_ArtifactType(self, _: dict) -> dict:
        return {"project": {"artifact": None}}

    def on_ClientIDMapping(self, _: dict) -> dict:
        return {"clientIDMapping": None}

    def on_UseArtifact(self, variables: dict) -> dict:
        return {"useArtifact": {"artifact": {"id": variables.get("artifactID"), "digest": "", "state": "COMMITTED"}}}

    # What is put to the addresses above.

    def put(self, path: str, data: bytes) -> None:
        kind, owner, *rest = [urllib.parse.unquote(part) for part in path.split("/")]
        if kind == "run":
            if owner in self.runs:
                self.runs[owner].files[rest[0]] = data
        elif kind == "manifest":
            self.artifacts[owner]["manifest"] = json.loads(data)
        else:
            self.artifacts[owner]["files"][rest[0]] = described(data)


def probed(query: str) -> dict:
    """The answer to a question about the schema: for each type asked for, the fields that matter to a sender."""
    fields = [{"name": name, "args": []} for name in INPUT_FIELDS]
    return {alias: {"fields": fields, "inputFields": fields} for alias in re.findall(r"(\w+)\s*:\s*__type", query)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_) -> None:
        pass

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b"".join(iter(self.chunk, b""))
        else:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data

    def chunk(self) -> bytes:
        data = self.rfile.read(int(self.rfile.readline().split(b";")[0], 16))
        self.rfile.readline()
        return data

    def reply(self, answer, status: int = 200) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refused(self, what: str) -> bool:
        """Whether the server's mode answers instead."""
        mode = self.server.mode
        if mode == "hang":
            self.server.note(f"hang {what}")
            self.server.released.wait(600)
            self.close_connection = True
            return True
        if mode == "fail":
            self.server.note(f"500 {what}")
            self.reply({"errors": [{"message": "told to fail"}]}, 500)
            return True
        return False

    def do_GET(self) -> None:
        if self.path == "/_runs":
            self.reply(self.server.arrived())
        elif self.path == "/_log":
            self.reply(self.server.lines)
        elif not self.refused(f"GET {self.path}"):
            self.server.note(f"GET {self.path}")
            self.reply({})

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        data = self.body()
        if self.refused(f"PUT {self.path}"):
            return
        headers = {key: value for key, value in self.headers.items() if key.lower() in ("content-type", "content-md5")}
        self.server.note(f"PUT {urllib.parse.unquote(self.path)} {len(data)} bytes {json.dumps(headers)}")
        with self.server.lock:
            self.server.store.put(self.path.removeprefix("/upload/"), data)
        self.reply({})

    def do_POST(self) -> None:
        data = self.body()
        if self.path == "/_mode":
            self.server.set_mode(json.loads(data)["mode"])
            self.reply({})
        elif self.refused(f"POST {self.path}"):
            return
        elif self.path.endswith("/file_stream"):
            self.file_stream(json.loads(data))
        elif self.path == "/graphql":
            self.graphql(json.loads(data))
        else:
            self.server.note(f"POST {self.path} {data[:300]!r}")
            self.reply({})

    def file_stream(self, body: dict) -> None:
        self.server.note(f"FILE_STREAM {self.path} {json.dumps(body)}")
        name = self.path.split("/")[-2]
        with self.server.lock:
            run = self.server.store.runs.get(name)
            if run:
                run.stream(body)
        self.reply({"exitcode": None, "limits": {}} if run else {}, 200 if run else 404)

    def graphql(self, body: dict) -> None:
        query, variables = body["query"], body.get("variables") or {}
        found = re.search(r"(?:query|mutation)\s+(\w+)", query)
        operation = body.get("operationName") or (found[1] if found else "unnamed")
        agent = self.headers.get("User-Agent", "")
        self.server.note(f"GRAPHQL {operation} {json.dumps(variables)} ({agent})")
        with self.server.lock:
            answer = self.server.store.answer(operation, variables, query)
        self.reply({"data": answer})


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A server on loopback, in threads of this process."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0, log=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.lock, self.released = threading.RLock(), threading.Event()
        self.lines: list[str] = []
        self.log, self.mode = log, "answer"
        self.clear()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def clear(self) -> None:
        """Forgets every run."""
        with self.lock:
            self.store = Store()
            self.store.base = self.address
            self.lines.clear()

    def set_mode(self, mode: str) -> None:
        self.mode = mode
        if mode == "hang":
            self.released.clear()
        else:
            self.released.set()

    def note(self, line: str) -> None:
        with self.lock:
            self.lines.append(line)
            if self.log:
                print(f"{time.time():.3f} {line}", file=self.log, flush=True)

    def arrived(self) -> dict:
        with self.lock:
            return {
                "runs": {name: run.arrived() for name, run in self.store.runs.items()},
                "unknown_operations": self.store.unknown,
            }

    def handle_error(self, request, address) -> None:
        """A client that hangs up is no error of the server's; anything else is noted."""
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            self.note(f"ERROR {type(error).__name__}: {error}")

    def __enter__(self) -> "Server":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", help="a file that every request is appended to")
    options = parser.parse_args()
    log = open(options.log, "a") if options.log else None
    server = Server(options.port, log)
    print(server.address, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
