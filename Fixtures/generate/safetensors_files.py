"""safetensors files as the Python library writes them."""

from pathlib import Path

from generate.golden import Case

FOLDER = "checkpoints/safetensors"
TYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]


def folder(root: Path) -> Path:
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    return root / FOLDER


def make_every_type(root: Path) -> None:
    """Two tensors of each type, in an order that the writer must change; odd names and shapes."""
    import torch
    from safetensors.torch import save_file

    tensors = {}
    for name in TYPES:
        dtype = getattr(torch, name)
        values = torch.tensor([1.0, 0.0, -2.5, 100.0])
        if not dtype.is_signed:
            values = values.abs()
        for prefix in ["b", "a"]:
            tensors[f"{prefix}.{name}"] = values.to(dtype, copy=True).reshape(2, 2)
    tensors["float16.rounded"] = torch.tensor([0.1, 65504.0, 1e-7]).half()
    tensors["bfloat16.rounded"] = torch.tensor([0.1, 3e38, float("inf")]).bfloat16()
    tensors["é \"quoted\"\\\n\x7f\x01"] = torch.tensor(1.5)
    tensors["Z"] = torch.tensor([1.0])
    tensors["empty"] = torch.zeros(0, 3)
    save_file(tensors, folder(root) / "every_type.safetensors")


def make_metadata(root: Path) -> None:
    import torch
    from safetensors.torch import save_file

    metadata = {"format": "pt", "a \"note\"": "tab\tand ü"}
    save_file({"x": torch.arange(3)}, folder(root) / "metadata.safetensors", metadata=metadata)


def make_no_tensors(root: Path) -> None:
    from safetensors.torch import save_file

    save_file({}, folder(root) / "no_tensors.safetensors")


def cases() -> list[Case]:
    return [
        Case(
            name="checkpoints/safetensors_every_type",
            files=[f"{FOLDER}/every_type.safetensors"],
            catches="types sorted by size alone, names by Unicode, or an escape serde does not write",
            make=make_every_type,
        ),
        Case(
            name="checkpoints/safetensors_metadata",
            files=[f"{FOLDER}/metadata.safetensors"],
            catches="metadata in the caller's order, or after the tensors",
            make=make_metadata,
        ),
        Case(
            name="checkpoints/safetensors_no_tensors",
            files=[f"{FOLDER}/no_tensors.safetensors"],
            catches="a header that is not padded to eight bytes",
            make=make_no_tensors,
        ),
    ]
