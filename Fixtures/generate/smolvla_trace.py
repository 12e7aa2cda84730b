"""Runs Scripts/trace_lerobot with Q-SMOLVLA-1 mended.

    python Fixtures/generate/smolvla_trace.py TRACE.jsonl [lerobot-train arguments ...]
"""

import runpy
import sys

sys.path[0] = "Fixtures"  # in the place of this folder, whose modules are called like others

from generate.policies.tiny_smolvlm import place_patches  # noqa: E402
from transformers.models.smolvlm import modeling_smolvlm  # noqa: E402

modeling_smolvlm.SmolVLMVisionEmbeddings.forward = place_patches
runpy.run_path("Scripts/trace_lerobot", run_name="__main__")
