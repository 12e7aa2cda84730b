"""Files of torch.save: good ones in each of its formats, and ones a reader must refuse."""

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from unittest import mock

from generate.golden import Case

FOLDER = "checkpoints/torch"


def folder(root: Path) -> Path:
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    return root / FOLDER


def state_dict():
    """Every type, views, shared storages, scalars and empty tensors."""
    import torch

    torch.manual_seed(4)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    state = module.state_dict()
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    state["view.transposed"] = base.transpose(0, 2)
    state["view.sliced"] = base[1, :, 1:3]
    state["view.offset"] = base[1]
    state["tied"] = state["0.weight"]
    state["parameter"] = torch.nn.Parameter(torch.tensor([1.5, -2.5]))
    state["scalar"] = torch.tensor(3.25, dtype=torch.float64)
    state["empty"] = torch.zeros(0, 3)
    values = torch.tensor([1.0, 0.0, 100.0])
    for name in ["float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]:
        state[name] = values.to(getattr(torch, name))
    return state


def make_formats(root: Path) -> None:
    import torch
    from safetensors.torch import save_file

    state = state_dict()
    torch.save(state, folder(root) / "zip.pth")
    torch.save({"epoch": 3, "state_dict": state, "loss": 0.5}, folder(root) / "nested.pth")
    torch.save(dict(state), folder(root) / "protocol4.pth", pickle_protocol=4)
    # The older format names storages by their address; numbers make the file repeatable.
    names: dict[int, int] = {}
    address = property(lambda storage: names.setdefault(storage.data_ptr(), len(names)))
    with mock.patch.object(torch.UntypedStorage, "_cdata", address, create=True):
        torch.save(state, folder(root) / "legacy.pth", _use_new_zipfile_serialization=False)
    plain = {name: tensor.detach().clone().contiguous() for name, tensor in state.items()}
    save_file(plain, folder(root) / "expected.safetensors")


class Command:
    """What a malicious file holds: an object whose unpickling runs a program."""

    def __reduce__(self):
        import os

        return os.system, ("touch should-not-exist",)


def rewrite(source: Path, target: Path, change, method=zipfile.ZIP_STORED) -> None:
    """Copies an archive with another pickle, checksums made anew."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", method) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.endswith("data.pkl"):
                data = change(data)
            new.writestr(zipfile.ZipInfo(entry.filename), data, compress_type=method)


def replaced(old: bytes, new: bytes):
    def change(data: bytes) -> bytes:
        assert data.count(old) == 1, (old, data)
        return data.replace(old, new)

    return change


def make_refused(root: Path) -> None:
    import torch

    base = root / "plain.pth"
    torch.save(OrderedDict(weight=torch.arange(6.0).reshape(2, 3)), base)
    here = folder(root)
    # BININT1 6 is the storage's count; then offset 0, shape (2, 3), strides (3, 1).
    rewrite(base, here / "bad_count.pth", replaced(b"K\x06t", b"J\xff\xff\xff\x7ft"))
    rewrite(base, here / "bad_offset.pth", replaced(b"K\x00K\x02K\x03\x86", b"K\x01K\x02K\x03\x86"))
    rewrite(base, here / "bad_stride.pth", replaced(b"K\x03K\x01\x86", b"K\x04K\x01\x86"))
    rewrite(base, here / "bad_shape.pth", replaced(b"K\x02K\x03\x86", b"J\xff\xff\xff\x7fK\x03\x86"))
    # One element repeated two hundred times: inside its storage, and larger than it.
    wide, still = replaced(b"K\x02K\x03\x86", b"K\x02K\x64\x86"), replaced(b"K\x03K\x01\x86", b"K\x00K\x00\x86")
    rewrite(base, here / "expanded.pth", lambda data: wide(still(data)))
    rewrite(base, here / "negative.pth", replaced(b"K\x03K\x01\x86", b"J\xff\xff\xff\xffK\x01\x86"))
    rewrite(base, here / "deep.pth", lambda data: b"\x80\x02" + b"]" * 40000 + b"a" * 39999 + b".")
    rewrite(base, here / "endless.pth", lambda data: data[:-1])
    rewrite(base, here / "number.pth", lambda data: pickle.dumps(7, protocol=2))
    rewrite(base, here / "deflated.pth", lambda data: data, zipfile.ZIP_DEFLATED)
    base.unlink()
    torch.save({"weight": Command()}, here / "command.pth")


def cases() -> list[Case]:
    formats = ["zip", "nested", "protocol4", "legacy"]
    refused = [
        "bad_count", "bad_offset", "bad_stride", "bad_shape", "expanded", "negative", "deep", "endless",
        "number", "deflated", "command",
    ]  # fmt: skip
    return [
        Case(
            name="checkpoints/torch_formats",
            files=[f"{FOLDER}/{name}.pth" for name in formats] + [f"{FOLDER}/expected.safetensors"],
            seed=4,
            catches="a view read as if it were contiguous, or from the start of its storage",
            make=make_formats,
        ),
        Case(
            name="checkpoints/torch_refused",
            files=[f"{FOLDER}/{name}.pth" for name in refused],
            catches="a file that runs code, reads beyond its storage or exhausts stack or memory",
            make=make_refused,
        ),
    ]
