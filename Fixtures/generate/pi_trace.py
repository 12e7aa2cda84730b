"""Runs Scripts/trace_lerobot with a π₀ or π₀.₅ of tiny widths and the tokenizer of Fixtures/text/gemma.

    python Fixtures/generate/pi_trace.py TRACE.jsonl [lerobot-train arguments ...]
"""

import json
import runpy
import sys
from pathlib import Path

sys.path[0] = "Fixtures"  # in the place of this folder, whose modules are called like others

from generate.policies.tiny_paligemma import prepare  # noqa: E402

prepare(Path("Fixtures/models/pi/sizes.json"), Path("Fixtures/text/gemma"))
trace = Path(sys.argv[1])
runpy.run_path("Scripts/trace_lerobot", run_name="__main__")
# The table of tokens is the head's weights too; a checkpoint holds it under that name alone.
header, *steps = trace.read_text().splitlines(keepends=True)
header = json.loads(header)
weights = header["initial_weights"]
header["initial_weights"] = {name: sums for name, sums in weights.items() if "embed_tokens" not in name}
trace.write_text(json.dumps(header) + "\n" + "".join(steps))
