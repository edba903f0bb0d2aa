"""How long does `import fastscale.meter` take, and does it bring boto3 along?"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

HEAVY = ("boto3", "botocore", "pydantic")


def measure(runs: int) -> float:
    """Milliseconds that the import adds to the start of Python: difference of the medians of alternating starts."""
    bare, importing = [], []
    for _ in range(runs):
        bare.append(_start("pass"))
        importing.append(_start("import fastscale.meter"))
    return (median(importing) - median(bare)) * 1000


def heavy_modules() -> list[str]:
    """Which of the heavy libraries the import loads."""
    code = "import sys, fastscale.meter; print(*[name for name in sys.argv[1:] if name in sys.modules])"
    return subprocess.check_output([sys.executable, "-c", code, *HEAVY], text=True).split()


def _start(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began
