"""Cuts MetaWorld's episodes off after METAWORLD_STEPS steps: 500 pictures of 480 by 480 take minutes without a GPU."""

import os

# Taken out: MetaWorld's import starts a Python itself, which would import MetaWorld in its turn.
steps = os.environ.pop("METAWORLD_STEPS", None)
if steps is not None:
    from metaworld.sawyer_xyz_env import SawyerXYZEnv

    SawyerXYZEnv.max_path_length = int(steps)
