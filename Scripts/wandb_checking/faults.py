"""Faults planted into what arrived, to see that the comparison finds each of them."""

import copy
from collections.abc import Callable

Arrived = dict


def doubled_step(arrived: Arrived) -> None:
    arrived["history"].insert(1, copy.deepcopy(arrived["history"][0]))


def lost_step(arrived: Arrived) -> None:
    del arrived["history"][1]


def steps_exchanged(arrived: Arrived) -> None:
    arrived["history"][0], arrived["history"][1] = arrived["history"][1], arrived["history"][0]


def row_of_another_step(arrived: Arrived) -> None:
    arrived["history"][0]["train/steps"] += 1


def rewritten_row(arrived: Arrived) -> None:
    arrived["rewritten"].append({"place": 0, "old": "", "new": ""})


def key_lost(arrived: Arrived) -> None:
    del arrived["history"][0]["train/lr"]


def key_too_much(arrived: Arrived) -> None:
    arrived["history"][0]["train/step"] = 2


def loss_changed(arrived: Arrived) -> None:
    arrived["history"][0]["train/loss"] *= 1.001


def time_is_negative(arrived: Arrived) -> None:
    arrived["history"][0]["_timestamp"] = -1


def missing_tag(arrived: Arrived) -> None:
    arrived["tags"].pop()


def no_job_type(arrived: Arrived) -> None:
    del arrived["job_type"]


def other_name(arrived: Arrived) -> None:
    arrived["display_name"] += "_"


def not_complete(arrived: Arrived) -> None:
    arrived["ends"].clear()


def failed(arrived: Arrived) -> None:
    arrived["ends"][-1]["exitcode"] = 1


def configuration_lost(arrived: Arrived) -> None:
    del arrived["config"]["policy"]["value"]["dropout" if "dropout" in arrived["config"]["policy"]["value"] else "horizon"]


def configuration_as_text(arrived: Arrived) -> None:
    arrived["config"]["batch_size"]["value"] = "2"


def summary_lost(arrived: Arrived) -> None:
    del arrived["summary"]["train/loss"]


def old_summary(arrived: Arrived) -> None:
    arrived["summary"]["_step"] = 2


def artifact_lost(arrived: Arrived) -> None:
    arrived["artifacts"].pop()


def artifact_pending(arrived: Arrived) -> None:
    arrived["artifacts"][0]["state"] = "PENDING"


def artifact_of_other_bytes(arrived: Arrived) -> None:
    file = next(iter(arrived["artifacts"][0]["files"].values()))
    file["md5"] = "AAAAAAAAAAAAAAAAAAAAAA=="


def artifact_without_alias(arrived: Arrived) -> None:
    arrived["artifacts"][0]["aliases"] = []


def video_lost(arrived: Arrived) -> None:
    for name in [name for name in arrived["files"] if name.endswith(".mp4")][:1]:
        del arrived["files"][name]


def video_of_other_bytes(arrived: Arrived) -> None:
    next(file for name, file in arrived["files"].items() if name.endswith(".mp4"))["sha256"] = "0" * 64


def console_lost(arrived: Arrived) -> None:
    arrived["console"].clear()


def metrics_lost(arrived: Arrived) -> None:
    for event in arrived["events"]:
        event.pop("system.cpu", None)


def metadata_lost(arrived: Arrived) -> None:
    del arrived["metadata"]["os"]


FAULTS: list[Callable[[Arrived], None]] = [
    value for value in list(globals().values()) if getattr(value, "__module__", "") == __name__
]


def planted(arrived: Arrived, fault: Callable[[Arrived], None]) -> Arrived:
    changed = copy.deepcopy(arrived)
    fault(changed)
    return changed
