"""Runs a module of LeRobot with π₀ and π₀.₅ of the sizes of pi_sizes.json.

    PYTHON Scripts/benching/pi_peer.py MODULE [arguments ...]
"""

import sys
from pathlib import Path

folder = Path(__file__).resolve().parent
fixtures = folder.parent.parent / "Fixtures"
sys.path[0] = str(fixtures)

from generate.policies.tiny_paligemma import prepare  # noqa: E402
from generate.running import run_next  # noqa: E402

prepare(folder / "pi_sizes.json", fixtures / "text/gemma")
run_next()
