"""Statistics that are missing, not finite or of another form."""

import json

from generate.odd.dataset import ACTION, CAMERA, ENVIRONMENT, POINTER, STATE, STATS, Dataset
from generate.odd.variants import add, odd, refused, trains, warns

AS_BASE, AS_CAMERA = trains("vectors"), trains("camera")
REPORT = {"report": "lerobot#2105, #3645, X-Square-Robot/wall-x#32"}
NAN, INFINITY = float("nan"), float("inf")


def lacks(key: str) -> str:
    name = key.replace(".", "\\.")
    return f"{name}.*(statistic|normali[sz])|(statistic|normali[sz]).*{name}"


def names(key: str) -> str:
    """stats.json and the feature, in any order."""
    name = key.replace(".", "\\.")
    return f"stats\\.json.*{name}|{name}.*stats\\.json"


def stats(name: str, what: str, change, *right, **fields) -> None:
    def edit(dataset: Dataset) -> None:
        with dataset.stats() as value:
            change(value)

    add(name, what, edit, *right, **REPORT, **fields)


NO_IMAGENET = {"base": "camera", "arguments": ["--dataset.use_imagenet_stats=false"]}
stats("stats_without_action", "no statistics of the action", lambda s: s.pop(ACTION), warns(lacks(ACTION)))
stats("stats_without_state", "no statistics of the state", lambda s: s.pop(STATE), warns(lacks(STATE)))
stats("stats_without_reward", "no statistics of an unused feature", lambda s: s.pop("next.reward"), AS_BASE)
stats(
    "stats_without_camera",
    "no statistics of a camera; ImageNet's are asked for",
    lambda s: s.pop(CAMERA),
    AS_CAMERA,
    base="camera",
)
stats(
    "stats_without_camera_nor_imagenet",
    "no statistics of a camera, ImageNet's not wanted",
    lambda s: s.pop(CAMERA),
    warns(lacks(CAMERA)),
    **NO_IMAGENET,
)
stats("stats_unknown_feature", "statistics of a feature that is none", lambda s: s.update(gone=s[ACTION]), AS_BASE)


def only(*kept: str):
    def change(value: dict) -> None:
        for key in value:
            value[key] = {name: v for name, v in value[key].items() if name in kept}

    return change


stats("stats_only_mean", "only mean and std", only("mean", "std"), AS_BASE)
stats(
    "stats_only_mean_diffusion",
    "only mean and std; Diffusion scales by min and max",
    only("mean", "std"),
    warns("min|statistic|normali[sz]", "any"),
    refused("min"),
    policy="diffusion",
)
stats(
    "stats_only_range",
    "only min and max; ACT scales by mean and std",
    only("min", "max"),
    warns("mean|statistic|normali[sz]", "any"),
    refused("mean"),
)
stats("stats_without_count", "no counts", only("min", "max", "mean", "std"), AS_BASE)
stats("stats_without_quantiles", "no quantiles", only("min", "max", "mean", "std", "count"), AS_BASE)
BY_QUANTILES = {
    "arguments": [
        '--policy.normalization_mapping={"VISUAL": "IDENTITY", "STATE": "QUANTILES", "ACTION": "QUANTILE10"}'
    ]
}
stats("stats_quantiles", "quantiles that ACT scales by (control)", lambda s: None, trains(), **BY_QUANTILES)
stats(
    "stats_quantiles_missing",
    "no quantiles; ACT scales by them",
    only("min", "max", "mean", "std", "count"),
    trains("stats_quantiles"),
    **BY_QUANTILES,
)
stats("stats_empty_feature", "an action's statistics {}", lambda s: s.update(action={}), warns(lacks(ACTION)))
stats(
    "stats_null_feature",
    "an action's statistics null",
    lambda s: s.update(action=None),
    refused(names(ACTION)),
    warns(lacks(ACTION), "stats_without_action"),
)


def value(name: str, what: str, key: str, change: dict, *right, **fields) -> None:
    stats(name, what, lambda s: s[key].update(change), *right, **fields)


value("stats_mean_nan", "an action's mean NaN", ACTION, {"mean": [NAN, 1.0]}, refused(names(ACTION), "learning rate"))
value(
    "stats_std_infinite", "an action's deviation infinite", ACTION, {"std": [INFINITY, 1.0]}, refused(names(ACTION))
)
value("stats_std_null", "an action's deviation null", ACTION, {"std": None}, refused(names(ACTION)))
value("stats_std_holds_null", "an action's deviation [null, 1]", ACTION, {"std": [None, 1.0]}, refused(names(ACTION)))
value("stats_std_text", "an action's deviation as text", ACTION, {"std": ["1.0", "1.0"]}, refused(names(ACTION)))
value("stats_std_zero", "a deviation of 0", STATE, {"std": [0.0, 1.0]}, trains())
value("stats_std_negative", "a deviation below 0", STATE, {"std": [-1.0, 1.0]}, refused(names(STATE)), trains())
value(
    "stats_too_long",
    "an action's statistics 3 wide",
    ACTION,
    {"mean": [1.0, 2.0, 3.0], "std": [1.0, 2.0, 3.0]},
    refused(names(ACTION)),
)
value(
    "stats_of_one",
    "an action's statistics 1 wide",
    ACTION,
    {"mean": [0.25], "std": [2.0]},
    trains(),
    refused(names(ACTION)),
)
value(
    "stats_of_numbers",
    "statistics that are numbers, not lists",
    ACTION,
    {"mean": 0.25, "std": 2.0},
    trains("stats_of_one"),
    refused(names(ACTION)),
)
value(
    "stats_nested",
    "statistics in one list too many",
    ACTION,
    {"mean": [[0.25, 0.5]], "std": [[2.0, 1.0]]},
    trains(),
    refused(names(ACTION)),
)
value("stats_whole_numbers", "statistics that are whole numbers", ACTION, {"mean": [1, 0], "std": [2, 1]}, trains())
value("stats_range_nan", "a minimum NaN that ACT does not use", ACTION, {"min": [NAN, 0.0]}, AS_BASE)
value(
    "stats_range_nan_diffusion",
    "a minimum NaN that Diffusion uses",
    ACTION,
    {"min": [NAN, 0.0]},
    refused(names(ACTION), "learning rate"),
    policy="diffusion",
)
value(
    "stats_range_empty_diffusion",
    "a minimum equal to its maximum",
    ACTION,
    {"min": [0.5, -3.0], "max": [0.5, 3.0]},
    trains(),
    policy="diffusion",
)
value("stats_unused_nan", "statistics NaN of an unused feature", "next.reward", {"mean": [NAN]}, AS_BASE)
value(
    "stats_environment_infinite",
    "an environment state's mean infinite",
    ENVIRONMENT,
    {"mean": [INFINITY, 0.0, 0.0]},
    refused(names(ENVIRONMENT)),
    AS_BASE,
)


def flat(s: dict) -> None:
    for name, numbers in s[CAMERA].items():
        s[CAMERA][name] = [x[0][0] if isinstance(x, list) else x for x in numbers]


def bytes_(s: dict) -> None:
    for name in ("min", "max", "mean", "std"):
        s[CAMERA][name] = [[[x[0][0] * 255]] for x in s[CAMERA][name]]


stats("stats_camera", "a camera's own statistics (control)", lambda s: None, trains(), **NO_IMAGENET)
stats(
    "stats_camera_flat",
    "a camera's statistics [3] instead of [3, 1, 1]",
    flat,
    trains("stats_camera"),
    refused(names(CAMERA)),
    **NO_IMAGENET,
)
stats("stats_camera_flat_imagenet", "the same, unused beside ImageNet's", flat, AS_CAMERA, base="camera")
stats(
    "stats_camera_bytes",
    "a camera's statistics from 0 to 255",
    bytes_,
    trains(),
    refused(names(CAMERA)),
    **NO_IMAGENET,
)


@odd("no stats.json", warns("stats\\.json|statistic|normali[sz]"), **REPORT)
def stats_missing(dataset: Dataset) -> None:
    dataset.remove(STATS)


@odd("no stats.json beside a camera", warns("stats\\.json|statistic|normali[sz]", "any"), base="camera", **REPORT)
def stats_missing_camera(dataset: Dataset) -> None:
    dataset.remove(STATS)


def text(name: str, what: str, change, *right) -> None:
    def edit(dataset: Dataset) -> None:
        dataset.write(STATS, change(dataset.path(STATS).read_bytes()))

    add(name, what, edit, *right)


text("stats_empty_object", "stats.json is {}", lambda b: b"{}", warns("statistic|normali[sz]"))
text("stats_pointer", "stats.json is a Git LFS pointer", lambda b: POINTER, refused("git.lfs"))
text("stats_cut", "stats.json cut short", lambda b: b[:400], refused("stats\\.json"))
text("stats_no_bytes", "stats.json of no bytes", lambda b: b"", refused("stats\\.json"))
text("stats_with_mark", "stats.json with a byte order mark", lambda b: b"\xef\xbb\xbf" + b, AS_BASE)
text(
    "stats_nan_as_text",
    'a mean ["NaN", 1]',
    lambda b: json.dumps(json.loads(b) | {ACTION: json.loads(b)[ACTION] | {"mean": ["NaN", 1.0]}}).encode(),
    refused(names(ACTION)),
)
