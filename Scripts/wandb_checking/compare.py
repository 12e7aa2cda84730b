"""Holds what arrived from our program against what arrived from LeRobot, and says why a difference may be."""

import re
from collections.abc import Callable
from dataclasses import dataclass

ABSENT = "absent"
# Numbers that another implementation computes: by how much they may differ, relative to the larger. The first step agrees
# to 1e-7; Adam's first update then takes a gradient's sign alone, so that rounding in tiny gradients shows. Measured in
# eight steps between torch 2.7 and 2.13: 2e-5, 7e-4 and 3e-3.
TOLERANCES = {
    r"/loss$": 1e-4,
    r"(l1_loss|kld_loss)$": 3e-3,
    r"grad_norm$": 1e-2,
    # A policy that acts 20 steps: one rounding more in its first action moves what it is rewarded for.
    r"avg_sum_reward$": 1e-2,
}


@dataclass
class Difference:
    part: str
    item: str
    theirs: object
    ours: object
    reason: str = ""


@dataclass
class Explanation:
    """Items that may differ, how, and why."""

    part: str
    item: str
    holds: Callable[[object, object], bool]
    reason: str


def missing(_, ours) -> bool:
    return ours == ABSENT


def texts(theirs, ours) -> bool:
    return all(isinstance(value, str) and value not in ("", ABSENT) for value in (theirs, ours))


def numbers(theirs, ours) -> bool:
    return all(isinstance(value, float) and value > 0 for value in (theirs, ours))


def lists(theirs, ours) -> bool:
    return all(isinstance(value, list) or value == ABSENT for value in (theirs, ours))


def missing_or_texts(theirs, ours) -> bool:
    return missing(theirs, ours) or texts(theirs, ours)


EXPLANATIONS = [
    Explanation("run", "program", texts, "each names its own program"),
    Explanation("metadata", "(program|executable|codePath|codePathLocal|code_path|code_path_local)", missing_or_texts,
                "each names its own program"),
    Explanation("metadata", "python", missing_or_texts, "no Python runs in this program"),
    Explanation("telemetry", r"t\.(1|2|3|10)", lists,
                "which Python packages and functions of wandb's SDK are used; this program uses none"),
    Explanation("telemetry", r"(t\.4|python_version)", missing_or_texts, "no Python runs in this program"),
    Explanation("telemetry", r"(t\.5|cli_version)", missing_or_texts, "the release of wandb's SDK; this program has none"),
    Explanation("telemetry", "framework", missing, "`wandb sync` sees it in imported Python packages"),
    Explanation("files", r"requirements\.txt", missing, "the Python packages of the environment; this program uses none"),
]  # fmt: skip
OFFLINE = [
    Explanation("console", "Track this run -->", lambda theirs, ours: theirs and not ours,
                "before the upload there is no page; LeRobot prints None"),
]  # fmt: skip
# What is otherwise in a resumed run.
RESUMED = [
    Explanation("history", r"1\d: train/(loss|l1_loss|kld_loss|grad_norm)", numbers,
                "LeRobot draws the data anew when it resumes (Quirks, Q-RUN-2); this program goes on"),
    Explanation("summary", r"train/(loss|l1_loss|kld_loss|grad_norm)", numbers, "the last row's"),
]  # fmt: skip
# wandb-core 0.21 sends a resumed run's console from the first line on again, over what the first part sent.
RESUMED_ONLINE = [
    *RESUMED,
    Explanation("console", "steps logged", lambda theirs, ours: set(theirs[-2:]) <= set(ours),
                "what core 0.21 leaves of the first part depends on the number of lines"),
]  # fmt: skip
# What a newer release of wandb says otherwise, whoever trained.
NEWER = [
    Explanation("telemetry", ".*", lambda theirs, ours: True, "what another release of wandb says of itself"),
    Explanation("metadata", r"(cpu\.model|.*[a-z][A-Z].*|.*_.*|git\..*)", lambda theirs, ours: True,
                "another release names its fields otherwise, or has more"),
    Explanation("system metrics", r"system\.network\.tcpRetransmits", lambda theirs, ours: theirs == ABSENT, "new in that release"),
    Explanation("summary", r"_wandb\.runtime", lambda theirs, ours: theirs == ABSENT, "0.21's `wandb sync` leaves it out"),
    Explanation("config", ".*", lambda theirs, ours: theirs == {} and ours == ABSENT,
                "wandb-core leaves empty dictionaries out"),
    Explanation("run", "(program|debug)", lambda theirs, ours: theirs == ABSENT, "0.21's `wandb sync` does not send it"),
]  # fmt: skip


def differences(theirs: dict[str, dict], ours: dict[str, dict], more: list[Explanation] = ()) -> list[Difference]:
    """Every item that differs, with its reason where there is one."""
    found = []
    for part in theirs:
        for item in [*theirs[part], *(item for item in ours[part] if item not in theirs[part])]:
            pair = theirs[part].get(item, ABSENT), ours[part].get(item, ABSENT)
            if not same(item, *pair):
                found.append(Difference(part, item, *pair, reason=explained(part, item, *pair, more)))
    return found


def same(item: str, theirs, ours) -> bool:
    if not all(type(value) in (int, float) for value in (theirs, ours)):
        return type(theirs) is type(ours) and theirs == ours
    bound = next((bound for pattern, bound in TOLERANCES.items() if re.search(pattern, item)), 1e-12)
    return abs(theirs - ours) <= bound * max(abs(theirs), abs(ours))


def explained(part: str, item: str, theirs, ours, more: list[Explanation]) -> str:
    for explanation in [*EXPLANATIONS, *more]:
        if explanation.part == part and re.fullmatch(explanation.item, item) and explanation.holds(theirs, ours):
            return explanation.reason
    return ""
