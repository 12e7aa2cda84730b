"""Runs a script, or a module by its name, with π₀ and π₀.₅ of the sizes of Fixtures/models/pi_narrow.

    python Fixtures/generate/pi_run.py SCRIPT_OR_MODULE [arguments ...]
"""

import sys
from pathlib import Path

fixtures = Path(__file__).resolve().parent.parent
sys.path[0] = str(fixtures)  # in the place of this folder, whose modules are called like others

from generate.policies.tiny_paligemma import prepare  # noqa: E402
from generate.running import run_next  # noqa: E402

prepare(fixtures / "models/pi_narrow/sizes.json", fixtures / "text/gemma")
run_next()
