"""Tensors too large to store: filled by formulas that the Swift tests repeat, stored as digests."""


def unit(count: int, seed: int):
    """Numbers in [0, 1) that need no file: a hash of index and seed, exact in float64."""
    import numpy as np

    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
        for shift, factor in ((16, 2246822507), (13, 3266489909)):
            h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
        h ^= h >> np.uint32(16)
    return h.astype(np.float64) / 2.0**32


def fill(name: str, shape: tuple[int, ...], seed: int):
    """A tensor by its name: He-scaled weights, norms near the identity."""
    import math

    import torch

    u = torch.from_numpy(unit(math.prod(shape), seed)).reshape(shape)
    if len(shape) >= 2:
        return (2 * u - 1) * math.sqrt(3 / math.prod(shape[1:]))
    return u + 0.5 if name.endswith(("weight", "running_var")) else u - 0.5


def digest(tensor):
    """Whole tensor in a few numbers: Σ t·u, Σ |t|, max |t| and 13 elements."""
    import torch

    flat = tensor.detach().reshape(-1)
    weights = torch.from_numpy(unit(flat.numel(), 1))
    places = torch.from_numpy((unit(13, 2) * flat.numel()).astype("int64"))
    totals = [(flat * weights).sum(), flat.abs().sum(), flat.abs().max()]
    return torch.cat([torch.stack(totals), flat[places]])
