"""Single layers of torch in float64: parameters, input, output, and the gradients of Σ output · weights."""

from pathlib import Path

from generate.golden import Case

SEED = 12


def layers() -> dict:
    """(module, input shape, extra arguments) by name; widths tell the axes apart."""
    import torch
    from torch import nn

    mask = torch.tensor([[False, False, True, False], [True, False, False, False]])
    return {
        "linear": (nn.Linear(3, 5), [2, 4, 3]),
        "convolution": (nn.Conv2d(2, 3, 3, stride=2, padding=1), [2, 2, 5, 6]),
        "convolution_dilated": (nn.Conv2d(2, 3, 3, padding=2, dilation=2, bias=False), [1, 2, 6, 5]),
        "group_norm": (nn.GroupNorm(2, 6), [2, 6, 3, 2]),
        "group_norm_flat": (nn.GroupNorm(3, 6), [2, 6, 5]),
        "layer_norm": (nn.LayerNorm(6), [2, 3, 6]),
        "max_pool": (nn.MaxPool2d(3, stride=2, padding=1), [2, 2, 5, 6]),
        "relu": (nn.ReLU(), [3, 4]),
        "gelu": (nn.GELU(), [3, 4]),
        "glu": (nn.GLU(), [3, 4]),
        "embedding": (nn.Embedding(5, 3), torch.tensor([4, 0, 4, 2])),
        "attention": (Attention(6, 2, mask), [4, 2, 6]),
        "silu": (nn.SiLU(), [3, 4]),
        "gelu_tanh": (nn.GELU(approximate="tanh"), [3, 4]),
        "linear_plain": (nn.Linear(3, 5, bias=False), [2, 4, 3]),
        "rms_norm": (nn.RMSNorm(6, eps=1e-5), [2, 3, 6]),
    }


def Attention(width: int, heads: int, mask):
    """Self-attention with a mask over keys [B, S]."""
    import torch

    class SelfAttention(torch.nn.MultiheadAttention):
        def forward(self, x):
            return super().forward(x, x, x, key_padding_mask=mask)[0]

    return SelfAttention(width, heads)


def draws():
    """A function that draws N(0, 1) of a shape in float64, the same numbers in each process."""
    import torch

    generator = torch.Generator().manual_seed(SEED)
    return lambda shape: torch.randn(shape, generator=generator, dtype=torch.float64)


def record(layers: dict, path: Path, unseen: dict = {}) -> None:
    """Gives each module drawn parameters and an input, and stores both with the output and all gradients.

    `unseen` are places of an output that nothing looks at: no gradient comes from them.
    """
    import torch
    from safetensors.torch import save_file

    draw = draws()
    stored = {}
    for name, (module, given) in layers.items():
        module = module.double()
        for parameter in module.parameters():
            parameter.data = draw(parameter.shape)
        is_index = isinstance(given, torch.Tensor)
        x = given if is_index else draw(given).requires_grad_()
        if name == "max_pool":
            x = (2 * x).round().detach().requires_grad_()  # equal maxima
        y = module(x)
        weights = draw(y.shape)
        if name in unseen:
            weights[unseen[name]] = 0
        (y * weights).sum().backward()
        stored |= {f"{name}/input": x.detach(), f"{name}/output": y.detach(), f"{name}/weights": weights}
        if not is_index:
            stored[f"{name}/gradients/input"] = x.grad
        for key, parameter in module.named_parameters():
            stored[f"{name}/parameters/{key}"] = parameter.detach()
            stored[f"{name}/gradients/{key}"] = parameter.grad
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in stored.items()}, path)


def make(root: Path) -> None:
    record(layers(), root / "layers/torch.safetensors")


def cases() -> list[Case]:
    return [
        Case(
            name="layers/torch",
            files=["layers/torch.safetensors"],
            seed=SEED,
            tolerance=1e-12,
            catches="a group, tap or head in another order; a gradient that follows another of equal maxima;"
            " gelu by its tanh form; rows read twice that receive one gradient",
            make=make,
        )
    ]
