"""Runs one of LeRobot's programs in this process, whose modules were changed before."""

import runpy
import sys
from pathlib import Path


def run_next() -> None:
    """Runs the script, or the module, that the first argument names, with the other arguments."""
    target = sys.argv.pop(1)
    run = runpy.run_path if Path(target).is_file() else runpy.run_module
    run(target, run_name="__main__")
