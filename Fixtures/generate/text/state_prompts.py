"""Prompts of π₀.₅: tasks with blanks around them, and states at the borders of bins."""

import json
from pathlib import Path

from generate.golden import Case

TASKS = [
    "pick_up the cube", "  Open\nthe drawer \t", "", "\u00a0déjà_vu\u3000", "\x1cx\x1f", "_a_", "\r\nb\r\nc",
    "\u200bzero width\u200b", "\u2028line\u2029", "end\n",
]  # fmt: skip


def states():
    import numpy as np

    edges = np.linspace(-1, 1, 257)
    picked = edges[[0, 1, 64, 127, 128, 129, 254, 255, 256]].astype(np.float32)
    tiny = np.float32(1e-20)
    special = [-3.5, 3.5, tiny, -tiny, 0.0, -0.0, np.nan, np.inf, -np.inf, 0.9921875, 0.99218]
    near = np.concatenate([np.nextafter(picked, np.float32(-9)), picked, np.nextafter(picked, np.float32(9))])
    return np.concatenate([near, np.array(special, dtype=np.float32)])


def make(root: Path) -> None:
    import numpy as np
    import torch
    from lerobot.policies.pi05.processor_pi05 import Pi05PrepareStateTokenizerProcessorStep
    from lerobot.processor.core import TransitionKey

    values = states()
    lines = []
    for index, task in enumerate(TASKS):
        state = np.roll(values, 7 * index)[: len(values) - 3 * index]
        width = len(values) - 12
        step = Pi05PrepareStateTokenizerProcessorStep(max_state_dim=width)
        transition = {
            TransitionKey.OBSERVATION: {"observation.state": torch.from_numpy(state.copy())[None]},
            TransitionKey.COMPLEMENTARY_DATA: {"task": [task]},
        }
        prompt = step(transition)[TransitionKey.COMPLEMENTARY_DATA]["task"][0]
        bits = [int(value) for value in state.view(np.uint32)]
        lines.append(json.dumps({"task": task, "state": bits, "width": width, "prompt": prompt}))
    folder = root / "text"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state_prompts.jsonl").write_text("\n".join(lines) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="text/state_prompts", files=["text/state_prompts.jsonl"], seed=0, make=make,
            catches="a bin that begins elsewhere, or other blanks than Python's",
        )
    ]
