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
            bits(torch.empty(n, dtype=dtype).normal_(-0.003, 0.7, generator=generator))
            for n in sizes
        ]
        generator = seeded()
        generator = seeded()
        content[f"standard_normal_{name}"] = bits(torch.randn(2003, dtype=dtype, generator=generator))
    content["truncated"] = {"mean": 0.1, "deviation": 0.5, "bounds": [-0.4, 0.9]}
    truncated = torch.nn.init.trunc_normal_(torch.empty(500), 0.1, 0.5, -0.4, 0.9, generator=seeded())
    content["truncated_float32"] = bits(truncated)
    write(root, "torch_continuous", content)


def make_torch_beta(root: Path) -> None:
    """Beta(a, b).sample() of some shapes from one generator, as torch's distribution draws it, and what follows."""
    import torch

    generator, content = seeded(), {"seed": SEED, "drawn": []}
    content["shapes"] = [[1.5, 1.0], [2.25, 4.0], [0.5, 0.7], [0.1, 3.0], [2.0, 0.05]]
    for shape in content["shapes"]:
        drawn = torch._sample_dirichlet(torch.tensor(shape).repeat(300, 1), generator=generator)
        content["drawn"].append(bits(drawn[:, 0]))
    content["next_uniform"] = bits(torch.rand(1, generator=generator, dtype=torch.float64))
    write(root, "torch_beta", content)


def make_torch_bfloat16(root: Path) -> None:
    """bfloat16 tensors, by their bits: uniform ones, and normal ones in blocks and one by one."""
    import torch

    def words(tensor):
        return tensor.view(torch.int16).int().bitwise_and(0xFFFF).tolist()

    generator = seeded()
    content = {"seed": SEED, "sizes": [1, 15, 16, 17, 40, 1000], "uniform": [], "normal": []}
    for size in content["sizes"]:
        empty = torch.empty(size, dtype=torch.bfloat16)
        content["uniform"].append(words(empty.uniform_(-0.3, 0.17, generator=generator)))
        content["normal"].append(words(empty.normal_(0.011, 0.02, generator=generator)))
    content["next_uniform"] = bits(torch.rand(1, generator=generator, dtype=torch.float64))
    write(root, "torch_bfloat16", content)


def make_numpy(root: Path) -> None:
    """RandomState and default_rng."""
    import numpy

    legacy = numpy.random.RandomState(SEED)
    ranges = [[0, 1], [50, 450], [-3, 2**31], [0, 2**40]]
    content = {"seed": SEED, "ranges": ranges, "bounds": [-2.5, 7.25]}
    content["legacy"] = {
        "uniforms": bits(legacy.random_sample(700)),
        "bounded": bits(legacy.uniform(-2.5, 7.25, 20)),
        "integers": [[legacy.randint(*bounds) for _ in range(40)] for bounds in ranges],
        "normals": bits(legacy.randn(101)),
    }
    state = legacy.get_state()
    content["legacy"] |= {
        "state_words": state[1].tolist(),
        "state_position": state[2],
        "state_has_normal": state[3],
        "state_normal": bits(numpy.array([state[4]]))[0],
    }
    content["generators"] = []
    for seed in [0, 42, 2**32 - 1, 2**50 + 3]:
        generator = numpy.random.default_rng(seed)
        content["generators"].append(
            {
                "seed": seed,
                "uniforms": bits(generator.random(50)),
                "bounded": bits(generator.uniform(-2.5, 7.25, 20)),
                "integers": [[int(generator.integers(*bounds)) for _ in range(30)] for bounds in ranges],
            }
        )
    write(root, "numpy", content)


def make_python(root: Path) -> None:
    import random

    content = {"runs": []}
    for seed in [0, 1000, -7, 2**40 + 9]:
        generator = random.Random(seed)
        items = list(range(30))
        run = {
            "seed": seed,
            "uniforms": bits([generator.random() for _ in range(20)]),
            "bit_counts": [1, 7, 31, 32, 33, 53, 64] * 3,
        }
        # Decimal digits beyond 2^63 are read as UInt64 by the test.
        run["bits"] = [generator.getrandbits(count) for count in run["bit_counts"]]
        run["ranges"] = [[0, 1], [0, 10], [-5, 2**35], [3, 4]]
        run["integers"] = [[generator.randrange(*bounds) for _ in range(20)] for bounds in run["ranges"]]
        generator.shuffle(items)
        run["shuffled"] = items
        run["state"] = list(generator.getstate()[1])
        run["next"] = bits([generator.random() for _ in range(3)])
        content["runs"].append(run)
    write(root, "python", content)


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
        Case(
            name="random/torch_beta",
            files=["random/torch_beta.json"],
            seed=SEED,
            catches="a constant of double precision in the rejection; a kept normal lost; the second gamma first",
            make=make_torch_beta,
        ),
        Case(
            name="random/torch_bfloat16",
            files=["random/torch_bfloat16.json"],
            seed=SEED,
            catches="bfloat16 weights drawn from more bits, or rounded once",
            make=make_torch_bfloat16,
        ),
        Case(
            name="random/numpy",
            files=["random/numpy.json"],
            seed=SEED,
            catches="integers by remainder where NumPy drops or multiplies, or the spare half lost",
            make=make_numpy,
        ),
        Case(
            name="random/python",
            files=["random/python.json"],
            catches="a seed of one word taken as init_genrand, or a shuffle from the front",
            make=make_python,
        ),
    ]
