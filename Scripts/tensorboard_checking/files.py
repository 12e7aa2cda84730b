"""Reads a run's event files with TensorBoard's own readers."""

from __future__ import annotations

import html
import io
import json
import re
import shlex
from pathlib import Path

from PIL import Image
from tensorboard import plugin_util
from tensorboard.backend.event_processing import event_accumulator, event_file_loader
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.util import tensor_util

from . import metrics

PICTURES = ("first_batch/", "eval/video")


def values(folder: Path) -> list[tuple[str, int, object]]:
    """Tag, step and the value of everything in all files, nothing taken back."""
    found = []
    for path in sorted(folder.glob("*tfevents*")):
        for event in event_file_loader.EventFileLoader(str(path)).Load():
            found += [(value.tag, event.step, value) for value in event.summary.value]
    return found


def plugin(value) -> str:
    return value.metadata.plugin_data.plugin_name


def scalars(found: list) -> list[tuple[str, int, float]]:
    return [
        (tag, step, tensor_util.make_ndarray(value.tensor).item())
        for tag, step, value in found
        if plugin(value) == "scalars"
    ]


def accumulated(folder: Path) -> list[tuple[str, int, float]]:
    """As scripts read event files."""
    reader = event_accumulator.EventAccumulator(str(folder), {event_accumulator.SCALARS: 0})
    reader.Reload()
    return [(tag, point.step, point.value) for tag in reader.Tags()["scalars"] for point in reader.Scalars(tag)]


def cells(markdown: str) -> list[list[str]]:
    """The rows of a text that is a table, as TensorBoard shows it."""
    page = plugin_util.markdown_to_safe_html(markdown)
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [[html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]
            for row in rows][1:]  # fmt: skip


def check_texts(run: Path, found: list) -> tuple[int, list[str]]:
    texts = {tag: tensor_util.make_ndarray(value.tensor).item().decode()
             for tag, _, value in found if plugin(value) == "text"}  # fmt: skip
    described = json.loads((run / "run.json").read_text())
    shown = {row[0]: row[1:] for row in cells(texts["run/configuration"])}
    wrong = []
    for option, value, origin in described["settings"]:
        if shown.get(option) != [json.dumps(value), origin]:
            wrong.append(f"the configuration's table has {shown.get(option)} for {option}")
    commands = [shlex.split(row[-1]) for row in cells(texts["run/command"])]
    if commands != [process["command"] for process in described["processes"]]:
        wrong.append(f"the table of commands is {commands}")
    return len(texts), wrong


def check_pictures(found: list) -> tuple[int, list[str]]:
    count, wrong = 0, []
    for tag, step, value in found:
        if plugin(value) != "images":
            continue
        width, height, data = tensor_util.make_ndarray(value.tensor)
        picture = Image.open(io.BytesIO(data))
        picture.load()
        if picture.size != (int(width), int(height)) or not tag.startswith(PICTURES):
            wrong.append(f"{tag} of step {step} is {picture.size}, said to be {width}×{height}")
        count += 1
    return count, wrong


def check(run: Path) -> tuple[str, list[str]]:
    """What was found, in words, and what is wrong."""
    folder = run / "tensorboard"
    found, expected = values(folder), metrics.points(run)
    curves = scalars(found)
    wrong = metrics.differences(curves, expected)
    wrong += [f"EventAccumulator: {text}" for text in metrics.differences(accumulated(folder), expected)]
    texts, wrong_texts = check_texts(run, found)
    pictures, wrong_pictures = check_pictures(found)
    started = [value for tag, _, value in found if tag == hparams.SESSION_START_INFO_TAG]
    settings = len(hparams.parse_session_start_info_plugin_data(started[0].metadata.plugin_data.content).hparams)
    words = f"{len(curves)} points of {len({tag for tag, _, _ in curves})} curves, {texts} texts, " \
            f"{pictures} pictures, {settings} settings to compare by"  # fmt: skip
    return words, wrong + wrong_texts + wrong_pictures
