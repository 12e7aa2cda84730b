"""What torch, NumPy and Python draw from their generators, bit for bit.

Floats are written as the integers their bits spell, so that nothing is lost in text.
"""

import json
from pathlib import Path

from generate.golden import Case

SEED = 1234


def write(root: Path, name: str, content: dict) -> None:
    path = root / "random" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in content.items()]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n")


def bits(values) -> list[int]:
    """The bit patterns of a float32 or float64 tensor or array."""
    import numpy

    array = numpy.ascontiguousarray(values).reshape(-1)
    return array.view(numpy.uint32 if array.dtype.itemsize == 4 else numpy.uint64).tolist()


def seeded(seed: int = SEED):
    import torch

    return torch.Generator().manual_seed(seed)


def make_torch_state(root: Path) -> None:
    """States at seeding, inside a block, at its end, and with a normal kept for the next draw."""
    import torch

    content = {"seed": SEED + 2**40, "draws": [0, 1, 623, 624, 625, 1300], "states": []}
    for draws in content["draws"]:
        generator = seeded(content["seed"])
        torch.empty(draws).uniform_(generator=generator)
        content["states"].append(bytes(generator.get_state().tolist()).hex())
    generator = seeded(content["seed"])
    torch.randn(1, generator=generator)
    content["state_with_cached_normal"] = bytes(generator.get_state().tolist()).hex()
    content["next_normals"] = bits(torch.randn(2, generator=generator, dtype=torch.float64))
    write(root, "torch_state", content)


def make_torch_discrete(root: Path) -> None:
    import torch
    import torch.nn.functional as F

    def random64(generator):
        return torch.empty((), dtype=torch.int64).random_(generator=generator).item()

    generator = seeded()
    content = {"seed": SEED, "random64": [random64(generator) for _ in range(400)]}
    generator = seeded()
    content["permutation_sizes"] = [0, 1, 2, 7, 1045]
    content["permutations"] = [
        torch.randperm(n, generator=generator).tolist() for n in content["permutation_sizes"]
    ]
    generator = seeded()
    content["integer_ranges"] = [[0, 10], [-5, 3], [0, 2**28 - 1], [0, 2**28], [-(2**40), 2**41]]
    content["integers"] = [
        torch.randint(low, high, (40,), generator=generator).tolist()
        for low, high in content["integer_ranges"]
    ]
    generator = seeded()
    content["bernoulli_probability"] = 0.3
    content["bernoulli"] = torch.empty(300).bernoulli_(0.3, generator=generator).int().tolist()
    torch.manual_seed(SEED)
    kept = F.dropout(torch.ones(40, 50), p=0.1, training=True)
    content["dropout_rate"] = 0.1
    content["dropout"] = (kept != 0).int().flatten().tolist()
    generator = seeded()
    weights = torch.rand(12, generator=generator)
    weights[3] = 0
    content["weights"] = bits(weights)
    content["multinomial"] = [
        torch.multinomial(weights, 5, replacement=False, generator=generator).tolist()
        for _ in range(50)
    ]
    content["multinomial_one"] = torch.multinomial(weights, 1, generator=generator).tolist()
    content["multinomial_replacement"] = torch.multinomial(
        weights, 200, replacement=True, generator=generator
    ).tolist()
    content["after"] = random64(generator)
    write(root, "torch_discrete", content)


def make_torch_continuous(root: Path) -> None:
    import torch

    content = {"seed": SEED}
    for name, dtype in [("float32", torch.float32), ("float64", torch.float64)]:
        generator = seeded()
        content[f"uniform_{name}"] = bits(
            torch.empty(700, dtype=dtype).uniform_(-0.0123, 0.0123, generator=generator)
        )
        generator = seeded()
        content[f"exponential_{name}"] = bits(
            torch.empty(300, dtype=dtype).exponential_(2.5, generator=generator)
        )
        generator = seeded()
        sizes = [1, 2, 5, 15, 16, 17, 31, 32, 100, 1]
        content["normal_sizes"] = sizes
        content[f"normal_{name}"] = [
            bits(torch.empty(n, dtype=dtype).normal_(0.25, 0.02, generator=generator))
            for n in sizes
        ]
        generator = seeded()
        content[f"standard_normal_{name}"] = bits(torch.randn(2003, dtype=dtype, generator=generator))
    write(root, "torch_continuous", content)


def cases() -> list[Case]:
    return [
        Case(
            name="random/torch_state",
            files=["random/torch_state.json"],
            seed=SEED + 2**40,
            catches="a state exported one draw early, or a resumed run that loses a kept normal",
            make=make_torch_state,
        ),
        Case(
            name="random/torch_discrete",
            files=["random/torch_discrete.json"],
            seed=SEED,
            catches="words of a 64-bit draw swapped, or a mask drawn from float32 uniforms",
            make=make_torch_discrete,
        ),
        Case(
            name="random/torch_continuous",
            files=["random/torch_continuous.json"],
            seed=SEED,
            catches="normals of the C library where torch takes its vector polynomials",
            make=make_torch_continuous,
        ),
    ]
