"""Runs Scripts/trace_lerobot with LeRobot's policy in float64.

    python Fixtures/generate/float64_trace.py TRACE.jsonl [lerobot-train arguments ...]

Weights and masks are drawn as in float32, and batches are normalised in it; everything else is computed
in float64, the positions of feature maps too. Without a variational encoder, whose noise torch draws
otherwise in float64, such a run differs from float32's in nothing but rounding.
"""

import runpy
import sys

sys.path.pop(0)  # this folder, whose modules are called like others

import torch  # noqa: E402
from lerobot.scripts import lerobot_train  # noqa: E402


def widened(function):
    """The function, with float64 where float32 is asked for by name."""

    def wide(*arguments, **keywords):
        if keywords.get("dtype") == torch.float32:
            keywords["dtype"] = torch.float64
        return function(*arguments, **keywords)

    return wide


class Widening:
    """A preprocessor whose floats come out as float64."""

    def __init__(self, preprocessor):
        self.preprocessor = preprocessor

    def __getattr__(self, name):
        return getattr(self.preprocessor, name)

    def __call__(self, batch):
        def wide(value):
            is_float = isinstance(value, torch.Tensor) and value.is_floating_point()
            return value.double() if is_float else value

        return {key: wide(value) for key, value in self.preprocessor(batch).items()}


def main() -> None:
    make_policy = lerobot_train.make_policy
    make_processors = lerobot_train.make_pre_post_processors

    def processors(*arguments, **keywords):
        before, after = make_processors(*arguments, **keywords)
        return Widening(before), after

    lerobot_train.make_policy = lambda *a, **k: make_policy(*a, **k).double()
    lerobot_train.make_pre_post_processors = processors
    torch.Tensor.cumsum, torch.arange, torch.zeros = map(
        widened, (torch.Tensor.cumsum, torch.arange, torch.zeros)
    )
    runpy.run_path("Scripts/trace_lerobot", run_name="__main__")


if __name__ == "__main__":
    main()
