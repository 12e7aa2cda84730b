"""What pygame draws and OpenCV resizes: the parts PushT's pictures are made of, on small canvases."""

import json
import os
import random
from pathlib import Path

import numpy as np

from generate.golden import Case

SEED = 5
WIDTH, HEIGHT = 41, 30


def shapes(count: int):
    """Shapes with a good share of corners beyond every edge of the canvas."""
    chance = random.Random(SEED)

    def point() -> list[int]:
        return [chance.randint(-25, WIDTH + 25), chance.randint(-25, HEIGHT + 25)]

    for k in range(count):
        kind = ["polygon", "circle", "line", "smooth"][k % 4]
        shape = {"kind": kind, "colour": chance.randrange(1 << 24)}
        if kind == "polygon":
            shape["points"] = [point() for _ in range(chance.choice([4, 4, 5]))]
            if k % 16 == 0:  # flat
                shape["points"] = [[x, shape["points"][0][1]] for x, _ in shape["points"]]
        elif kind == "circle":
            shape |= {"points": [point()], "radius": chance.randint(2, 18)}
        else:
            shape["points"] = [point(), point()]
            if k % 3 == 0:  # upright, level or a single point
                shape["points"][1][k % 2] = shape["points"][0][k % 2]
            if kind == "line":
                shape["width"] = chance.randint(2, 7)
        yield shape


def draw(surface, shape: dict) -> None:
    import pygame

    colour, points = pygame.Color(shape["colour"] << 8 | 255), shape["points"]
    if shape["kind"] == "polygon":
        pygame.draw.polygon(surface, colour, points)
    elif shape["kind"] == "circle":
        pygame.draw.circle(surface, colour, points[0], shape["radius"], 0)
    elif shape["kind"] == "line":
        pygame.draw.lines(surface, colour, False, points, shape["width"])
    else:
        pygame.draw.aalines(surface, colour, False, points)


def make_shapes(root: Path) -> None:
    """Each shape on a canvas of its own, on a coloured ground: only the pixels that changed."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    import pygame

    content = {"width": WIDTH, "height": HEIGHT, "ground": 0x20C040, "shapes": []}
    for shape in shapes(160):
        surface = pygame.Surface((WIDTH, HEIGHT))
        surface.fill((0x20, 0xC0, 0x40))
        draw(surface, shape)
        found = np.transpose(pygame.surfarray.array2d(surface)).reshape(-1) & 0xFFFFFF
        changed = np.flatnonzero(found != content["ground"])
        shape["runs"] = runs(changed.tolist(), found[changed].tolist())
        content["shapes"].append(shape)
    write(root, "pygame_shapes", content)


def runs(indices: list[int], colours: list[int]) -> list[list[int]]:
    """Neighbouring pixels of one colour as [first, count, colour]."""
    found: list[list[int]] = []
    for index, colour in zip(indices, colours):
        if found and found[-1][0] + found[-1][1] == index and found[-1][2] == colour:
            found[-1][1] += 1
        else:
            found.append([index, 1, colour])
    return found


def make_resizes(root: Path) -> None:
    import cv2

    source = np.random.default_rng(SEED).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    source[:, :12] = source[0, 0]  # a stretch of one colour
    content = {"width": WIDTH, "height": HEIGHT, "source": source.tobytes().hex(), "results": []}
    for width, height in [(41, 30), (20, 15), (7, 5), (13, 29), (82, 60), (60, 7), (1, 1), (40, 31)]:
        pixels = cv2.resize(source, (width, height)).tobytes().hex()
        content["results"].append({"width": width, "height": height, "pixels": pixels})
    write(root, "opencv_resizes", content)


def make_markers(root: Path) -> None:
    import cv2

    content = {"width": WIDTH, "height": HEIGHT, "markers": []}
    for k, (size, thickness) in enumerate([(8, 1), (10, 2), (12, 3), (16, 4), (9, 5), (20, 6), (25, 9)]):
        for x, y in [(20, 15), (2 + k, 1), (43, 28), (-3, 33)]:
            image = np.zeros((HEIGHT, WIDTH), np.uint8)
            cv2.drawMarker(image, (x, y), 255, cv2.MARKER_CROSS, size, thickness)
            marked = np.flatnonzero(image).tolist()
            found = [run[:2] for run in runs(marked, [1] * len(marked))]
            marker = {"x": x, "y": y, "size": size, "thickness": thickness, "runs": found}
            content["markers"].append(marker)
    write(root, "opencv_markers", content)


def write(root: Path, name: str, content: dict) -> None:
    (root / f"environments/{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="environments/pygame_shapes",
            files=["environments/pygame_shapes.json"],
            seed=SEED,
            catches="a line clipped at the last column where pygame counts the one beyond it",
            make=make_shapes,
        ),
        Case(
            name="environments/opencv_resizes",
            files=["environments/opencv_resizes.json"],
            seed=SEED,
            catches="weights in float where OpenCV counts in 1/2048, or its two shifts made one",
            make=make_resizes,
        ),
        Case(
            name="environments/opencv_markers",
            files=["environments/opencv_markers.json"],
            catches="an even thickness that is not rounded up, or square ends",
            make=make_markers,
        ),
    ]
