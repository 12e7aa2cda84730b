"""LeRobot's image transforms at work: one picture, many configurations and seeds."""

import json
from pathlib import Path

from generate.golden import Case

COLOR, SHARP, AFFINE = "ColorJitter", "SharpnessJitter", "RandomAffine"


def single_transforms():
    """(name, type, kwargs, shape) of transforms on their own."""
    small, stack = [3, 11, 14], [2, 3, 9, 7]
    yield "identity", "Identity", {}, small
    yield "brightness", COLOR, {"brightness": [0.8, 1.2]}, stack
    yield "brightness from a number", COLOR, {"brightness": 1.5}, small
    yield "contrast", COLOR, {"contrast": [0.8, 1.2]}, stack
    yield "contrast to the limit", COLOR, {"contrast": 3}, small
    yield "saturation", COLOR, {"saturation": [0.5, 1.5]}, stack
    yield "hue", COLOR, {"hue": [-0.05, 0.05]}, stack
    yield "hue all around", COLOR, {"hue": 0.5}, small
    yield "all colours", COLOR, {"brightness": 0.5, "contrast": 0.5, "saturation": 0.5, "hue": 0.3}, small
    yield "range without effect", COLOR, {"brightness": [1, 1], "hue": 0}, small
    yield "grey picture", COLOR, {"contrast": 0.5, "saturation": 0.5, "hue": 0.3}, [1, 11, 14]
    yield "sharpness", SHARP, {"sharpness": [0.5, 1.5]}, stack
    yield "sharpness from a number", SHARP, {"sharpness": 2}, small
    yield "sharpness of two rows", SHARP, {"sharpness": [2, 3]}, [3, 2, 14]
    yield "affine", AFFINE, {"degrees": [-5.0, 5.0], "translate": [0.05, 0.05]}, stack
    yield "affine far", AFFINE, {"degrees": 90, "translate": [0.3, 0.5], "scale": [0.5, 2]}, small
    yield "affine sheared", AFFINE, {"degrees": 0, "shear": 20, "fill": 0.5}, small
    yield "affine sheared twice", AFFINE, {"degrees": [3, 9], "shear": [-10, 10, 5, 25], "fill": [0.1, 0.2, 0.3]}, small
    yield "affine about a corner", AFFINE, {"degrees": 30, "center": [2, 3], "fill": None}, small
    yield "affine bilinear", AFFINE, {"degrees": 30, "translate": [0.2, 0.2], "interpolation": 2}, stack
    yield (
        "affine bilinear filled",
        AFFINE,
        {"degrees": 30, "scale": [0.4, 0.9], "interpolation": 2, "fill": [0.9, 0.2, 0.4]},
        small,
    )
    yield "affine bilinear open", AFFINE, {"degrees": 30, "interpolation": 2, "fill": None}, small


def configurations():
    """(name, ImageTransformsConfig as a dictionary, shape)."""
    for name, kind, arguments, shape in single_transforms():
        yield name, {"tfs": {"one": {"weight": 1.0, "type": kind, "kwargs": arguments}}}, shape
    for count in range(1, 7):
        for random_order in (False, True):
            order = " in random order" if random_order else ""
            yield (
                f"the default set, {count} at most{order}",
                {"max_num_transforms": count, "random_order": random_order},
                [3, 11, 14],
            )
    weighted = {
        "rare": {"weight": 0.2, "type": COLOR, "kwargs": {"brightness": 0.3}},
        "never": {"weight": 0.0, "type": SHARP, "kwargs": {"sharpness": 0.3}},
        "often": {"weight": 3.0, "type": COLOR, "kwargs": {"saturation": 0.3}},
        "plain": {"weight": 1.0, "type": "Identity", "kwargs": {}},
    }
    yield "weights that do not sum to one", {"max_num_transforms": 2, "tfs": weighted}, [3, 5, 6]


def make(root: Path) -> None:
    import torch
    from lerobot.datasets.transforms import ImageTransformConfig, ImageTransforms, ImageTransformsConfig
    from safetensors.torch import save_file

    torch.set_num_threads(1)
    tensors, entries = {}, []
    for number, (name, options, shape) in enumerate(configurations()):
        fields = dict(options)
        if "tfs" in fields:
            fields["tfs"] = {key: ImageTransformConfig(**value) for key, value in fields["tfs"].items()}
        transforms = ImageTransforms(ImageTransformsConfig(enable=True, **fields))
        for seed in (number, number + 100):
            pictures = torch.Generator().manual_seed(seed)
            frames = torch.randint(0, 256, shape, dtype=torch.uint8, generator=pictures)
            # Equal channels and black are what hue divides by.
            frames[..., :3, 0, :2] = 77
            frames[..., :, 1, :2] = 0
            torch.manual_seed(seed)
            changed = transforms(frames.float().div(255))
            key = f"{number}.{seed}"
            tensors[f"{key}.frames"], tensors[f"{key}.changed"] = frames, changed.contiguous()
            after = torch.rand(1).item()
            entries.append({"name": name, "key": key, "seed": seed, "config": options, "after": after})
    save_file(tensors, root / "transforms/transforms.safetensors")
    (root / "transforms/transforms.json").write_text(json.dumps(entries, indent=1) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="transforms/transforms",
            files=["transforms/transforms.json", "transforms/transforms.safetensors"],
            seed=0,
            catches="a draw too many, too few or out of order; arithmetic in another order than torchvision's; "
            "a pixel fetched from beside its place",
            make=make,
            tolerance=1e-6,
        )
    ]
