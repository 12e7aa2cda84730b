"""The cases: what is run, what has to hold of it, and what is compared with LeRobot."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from . import runs
from .compare import NEWER, OFFLINE, RESUMED, RESUMED_ONLINE, Difference, differences
from .parts import parts
from .runs import EVALUATED, LONGER, POLICIES, SHORT, Broken, Contender, Ended, Watch, sync
from .server import Server

RESUMED_STEPS = ["--steps=12"]
EVERY = 2  # log_freq
WARNING = re.compile(r"warning.*(w&b|wandb|weights *& *biases)", re.IGNORECASE)


@dataclass
class Claim:
    """Something that had to hold."""

    case: str
    what: str
    held: bool
    detail: str = ""


@dataclass
class Findings:
    claims: list[Claim] = field(default_factory=list)
    differences: list[tuple[str, Difference]] = field(default_factory=list)

    def claim(self, case: str, what: str, held: bool, detail: str = "") -> None:
        self.claims.append(Claim(case, what, bool(held), detail))
        print(f"{case}: {what}: {'yes' if held else 'NO'} {detail}".rstrip(), flush=True)

    @property
    def wrong(self) -> int:
        unexplained = sum(not difference.reason for _, difference in self.differences)
        return unexplained + sum(not claim.held for claim in self.claims)


class Cases:
    """Runs the cases in a folder. What LeRobot sent is kept there and used again."""

    def __init__(self, options, peer: Contender, ours: Contender, folder: Path):
        self.peer, self.ours, self.folder, self.options = peer, ours, folder, options
        self.training = [*runs.DATASET, *POLICIES[options.policy], *SHORT]
        self.release = runs.wandb_release(peer.environment)
        self.findings = Findings()

    def run(self, names: list[str]) -> Findings:
        for name in names:
            try:
                getattr(self, name)()
            except (Broken, OSError, KeyError) as broken:
                self.findings.claim(name, "the case could be run", False, f"{type(broken).__name__}: {broken}")
        return self.findings

    # The cases that are compared with LeRobot.

    def offline(self) -> None:
        """A run without a network, sent afterwards."""
        self.compared("offline", self.send_offline, more=OFFLINE)

    def resume(self) -> None:
        """The same, resumed once; both parts are sent in their order."""
        self.compared("resume", self.send_resumed, more=[*OFFLINE, *RESUMED])

    def online(self) -> None:
        """A run with a server."""
        self.compared("online", self.send_online)

    def resume_online(self) -> None:
        """The same, resumed once."""
        self.compared("resume_online", self.send_resumed_online, more=RESUMED_ONLINE)

    def newer(self) -> None:
        """Our program with a newer release of wandb, which LeRobot does not run with: sent afterwards, and online."""
        if self.options.newer is None:
            return print("newer: left out; it needs --newer")
        newer = Contender(self.ours.name, self.ours.command, self.options.newer, self.ours.is_peer)
        self.compared("offline", self.send_offline, name="newer_offline", ours=self.ours, synced_by=self.options.newer, more=[*OFFLINE, *NEWER])
        if not self.ours.is_peer:
            self.compared("online", self.send_online, name="newer_online", ours=newer, more=NEWER)

    def compared(self, case: str, send, name: str = "", ours: Contender | None = None, more=(), **how) -> None:
        name, ours = name or case, ours or self.ours
        theirs = self.kept(case, send)
        folder = self.fresh(name, "ours")
        mine = self.arrive(name, ours, folder, send, **how)
        mine_kept = {"names": self.names(folder), "arrived": mine}
        found = differences(self.parts_of(theirs), self.parts_of(mine_kept), list(more))
        self.findings.differences += [(name, difference) for difference in found]
        unexplained = sum(not difference.reason for difference in found)
        self.findings.claim(name, "what arrived is what LeRobot sends", not unexplained,
                            f"{len(found)} differences, {unexplained} unexplained")  # fmt: skip
        (folder / "arrived.json").write_text(json.dumps(mine, indent=1))
        self.weights_kept(name, folder)

    def weights_kept(self, case: str, folder: Path) -> None:
        """wandb-core 0.21 removes the files of an artifact that it was given as a record: never the checkpoint's own."""
        checkpoints = [path for path in (folder / "run/checkpoints").glob("[0-9]*") if path.name.isdigit()]
        lost = [path.name for path in checkpoints if not (path / "pretrained_model/model.safetensors").exists()]
        self.findings.claim(case, "the checkpoints keep their weights", checkpoints and not lost, ", ".join(lost))

    def parts_of(self, kept: dict) -> dict:
        return parts(kept["arrived"], kept["names"])

    def names(self, folder: Path) -> dict[str, str]:
        """What is of this run alone: its folder, and the commit that the checkout is at."""
        return {str(folder): "FOLDER", runs.commit(): "COMMIT"}

    def kept(self, case: str, send) -> dict:
        """What LeRobot sends, measured once; measured again when it is asked for something else."""
        arguments = [*self.training, *EVALUATED, *RESUMED_STEPS]
        file = self.folder / f"lerobot-{self.options.policy}-{case}.json"
        if file.exists() and (kept := json.loads(file.read_text())).get("arguments") == arguments:
            return kept
        folder = self.fresh(case, "lerobot")
        arrived = self.arrive(case, self.peer, folder, send)
        kept = {"arguments": arguments, "names": self.names(folder), "arrived": arrived}
        file.write_text(json.dumps(kept, indent=1))
        return kept

    def fresh(self, case: str, name: str) -> Path:
        folder = self.folder / f"{case}-{name}"
        if folder.exists():
            runs.remove(folder)
        folder.mkdir(parents=True)
        return folder

    def arrive(self, case: str, contender: Contender, folder: Path, send, **how) -> dict:
        """One run's arrivals at a server of its own."""
        with Server(log=open(folder / "server.log", "w")) as server:
            send(contender, folder, server, **how)
            return self.one_run(f"{case}, {contender.name}", server)

    def one_run(self, case: str, server: Server) -> dict:
        arrived = server.arrived()
        if arrived["unknown_operations"]:
            self.findings.claim(case, "the server knows every operation", False, ", ".join(set(arrived["unknown_operations"])))
        if len(arrived["runs"]) != 1:
            raise Broken(f"{case}: {len(arrived['runs'])} runs arrived instead of one")
        return next(iter(arrived["runs"].values()))

    def train_offline(self, contender: Contender, folder: Path, server: Server) -> None:
        ended = contender.train(folder, server.address, *self.training, *EVALUATED, "--wandb.mode=offline")
        self.ended(contender, folder, "training", ended)
        if server.lines:
            raise Broken(f"{contender.name} asked the server while it was offline: {server.lines[0][:100]}")

    def ended(self, contender: Contender, folder: Path, what: str, ended: Ended) -> None:
        (folder / f"{what}.log").write_text(ended.output)
        ended.must_succeed(f"{contender.name}, {what}")

    def send_offline(self, contender: Contender, folder: Path, server: Server, synced_by: Path | None = None) -> None:
        self.train_offline(contender, folder, server)
        self.sync(folder, server, synced_by)

    def send_resumed(self, contender: Contender, folder: Path, server: Server) -> None:
        self.train_offline(contender, folder, server)
        self.ended(contender, folder, "resumed", contender.resume(folder, server.address, *RESUMED_STEPS))
        self.sync(folder, server)

    def send_online(self, contender: Contender, folder: Path, server: Server) -> None:
        ended = contender.train(folder, server.address, *self.training, *EVALUATED, "--wandb.mode=online")
        self.ended(contender, folder, "training", ended)

    def send_resumed_online(self, contender: Contender, folder: Path, server: Server) -> None:
        self.send_online(contender, folder, server)
        self.ended(contender, folder, "resumed", contender.resume(folder, server.address, *RESUMED_STEPS))

    def sync(self, folder: Path, server: Server, environment: Path | None = None) -> None:
        release = runs.wandb_release(environment) if environment else self.release
        ended = sync(environment or self.peer.environment, folder, server.address, release)
        (folder / "sync.log").write_text(ended.output)

    # The cases of our program alone: LeRobot does not outlive them.

    def killed(self) -> None:
        """Killed twice in the middle of training, the second time while it saves; resumed; sent afterwards."""
        if self.is_peer("killed"):
            return
        folder = self.fresh("killed", "ours")
        with Server(log=open(folder / "server.log", "w")) as server:
            train, resume, address = self.ours.train, self.ours.resume, server.address
            arguments = [*self.training, *LONGER, "--wandb.mode=offline"]
            self.kill_at("step:26 ", lambda watch: train(folder, address, *arguments, watch=watch))
            self.kill_at("Checkpoint policy after step 30", lambda watch: resume(folder, address, watch=watch))
            self.ended(self.ours, folder, "resumed", resume(folder, address))
            self.sync(folder, server)
            self.all_steps("killed", self.one_run("killed", server), 40)
        self.weights_kept("killed", folder)

    def killed_online(self) -> None:
        """The same online: what wandb-core had not sent when it was killed too is sent by the run that resumes."""
        if self.is_peer("killed_online"):
            return
        folder = self.fresh("killed_online", "ours")
        with Server(log=open(folder / "server.log", "w")) as server:
            train, resume, address = self.ours.train, self.ours.resume, server.address
            arguments = [*self.training, *LONGER, "--wandb.mode=online"]
            self.kill_at("step:26 ", lambda watch: train(folder, address, *arguments, watch=watch), "killed_online")
            self.ended(self.ours, folder, "resumed", resume(folder, address))
            self.all_steps("killed_online", self.one_run("killed_online", server), 40)
        self.weights_kept("killed_online", folder)

    def kill_at(self, said: str, start, case: str = "killed") -> None:
        watch = Watch((said, runs.kill))
        ended = start(watch)
        watch.must_be_done()
        self.findings.claim(case, f"killed at {said.strip()!r}", ended.status == -9, f"status {ended.status}")

    def failing(self) -> None:
        """The server answers 500, at once and from the middle on, or nothing any more."""
        if self.is_peer("failing"):
            return
        self.with_trouble("failing_at_once", "fail", lambda server: lambda process: None)
        self.with_trouble("failing_later", "answer", lambda server: lambda process: server.set_mode("fail"))
        self.with_trouble("hanging_later", "answer", lambda server: lambda process: server.set_mode("hang"))

    def core_killed(self) -> None:
        """wandb-core is killed in the middle of training."""
        if not self.is_peer("core_killed"):
            self.with_trouble("core_killed", "answer", lambda server: runs.kill_core)

    def with_trouble(self, case: str, mode: str, trouble) -> None:
        """Training online with trouble at step 6: it must end well, say so, and leave a file that can be sent."""
        folder = self.fresh(case, "ours")
        with Server(log=open(folder / "server.log", "w")) as server:
            server.set_mode(mode)
            watch = Watch(("step:6 ", trouble(server)))
            ended = self.ours.train(folder, server.address, *self.training, *LONGER, "--wandb.mode=online", watch=watch)
            (folder / "training.log").write_text(ended.output)
            server.set_mode("answer")
        how = f"status {ended.status}, {ended.seconds:.0f} s"
        self.findings.claim(case, "training ends with status 0", ended.status == 0, how)
        self.findings.claim(case, "a warning names W&B", bool(WARNING.search(ended.output)))
        with Server(log=open(folder / "server-later.log", "w")) as server:
            self.sync(folder, server)
            self.all_steps(case, self.one_run(case, server), 40)
        self.weights_kept(case, folder)

    def all_steps(self, case: str, arrived: dict, last: int) -> None:
        """Every step that is logged arrived once, in order, and every checkpoint that was saved did."""
        steps = [row.get("_step") for row in arrived["history"]]
        wanted = list(range(EVERY, last + 1, EVERY))
        detail = "" if steps == wanted else said(steps, wanted)
        self.findings.claim(case, "every step arrived once, in order", steps == wanted, detail)
        own = [row.get("train/steps") for row in arrived["history"]]
        self.findings.claim(case, "each row is of its step", own == wanted)
        self.findings.claim(case, "no row was sent twice", not arrived["rewritten"])
        names = [artifact["name"][-6:] for artifact in arrived["artifacts"] if artifact["state"] == "COMMITTED"]
        self.findings.claim(case, "the last checkpoint is an artifact", f"{last:06d}" in names, ", ".join(names))
        self.findings.claim(case, "an artifact once", len(names) == len(set(names)), ", ".join(names))

    def is_peer(self, case: str) -> bool:
        if self.ours.is_peer:
            print(f"{case}: left out; LeRobot does not outlive it")
        return self.ours.is_peer


def said(steps: list, wanted: list) -> str:
    """What is wrong with the steps."""
    doubled = sorted({step for step in steps if steps.count(step) > 1}, key=str)
    lost = [step for step in wanted if step not in steps]
    odd = [step for step in steps if step not in wanted]
    steps = [step for step in steps if step in wanted]
    return f"doubled {doubled}, lost {lost}, not wanted {odd}, in order {steps == sorted(steps)}"


CASES = ("offline", "resume", "online", "resume_online", "newer", "killed", "killed_online", "failing", "core_killed")
