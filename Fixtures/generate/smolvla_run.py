"""Runs a script, or a module by its name, with Q-SMOLVLA-1 mended.

    python Fixtures/generate/smolvla_run.py SCRIPT_OR_MODULE [arguments ...]
"""

import sys
from pathlib import Path

# In the place of this folder, whose modules are called like others.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from generate.policies.tiny_smolvlm import place_patches  # noqa: E402
from generate.running import run_next  # noqa: E402
from transformers.models.smolvlm import modeling_smolvlm  # noqa: E402

modeling_smolvlm.SmolVLMVisionEmbeddings.forward = place_patches
run_next()
