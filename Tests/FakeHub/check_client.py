"""Holds fake-hub against the real client.

usage: check_client.py PATH-OF-FAKE-HUB [MEGABYTES]

Needs huggingface_hub 0.35. Starts the hub itself and talks to loopback only. Prints a line a check;
exit status 1 when any fails. MEGABYTES is the size of the large file whose way up and down must not
show in the hub's memory (160).
"""

import sys
import traceback
import warnings

if len(sys.argv) < 2:
    sys.exit(__doc__)

from check_client_support import checks, hub  # noqa: E402
import check_client_calls  # noqa: E402, F401
import check_client_faults  # noqa: E402, F401

warnings.simplefilter("ignore")
failed = 0
for function in checks:
    try:
        function()
        print(f"ok      {function.__name__}", flush=True)
    except BaseException:
        failed += 1
        print(f"FAILED  {function.__name__}", flush=True)
        traceback.print_exc()
status = hub.stop()
print(f"{len(checks)} checks, {failed} failed; the hub ended with status {status}")
sys.exit(1 if failed or status else 0)
