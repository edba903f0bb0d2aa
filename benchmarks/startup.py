"""How fast is a task ready? The size of what the image adds to its base, and the time to the first healthy answer.

    make bench NAME=startup                     about half a minute
    make bench NAME=startup ARGS="--starts 5"   a look

The yardstick is the least that can answer a health check with the same server and framework, in the same run. The value
is how many times as long the sample application takes, with its meter and routes.
"""

from __future__ import annotations

import argparse

from benchmarks.result import Figure, finish
from benchmarks.startup_parts import first_answer, image
from benchmarks.startup_parts.image import Layers

MOST_TIMES = 1.5
MOST_MEGABYTES = 15.0
#: The smallest Fargate task: what takes a second of CPU takes four there.
SMALLEST_VCPU = 0.25


def main() -> None:
    """Measure, print both tables, and end with the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=25, help="of each application")
    starts = parser.parse_args().starts
    size = _sizes(*image.measure())
    times = _times(first_answer.measure(starts))
    finish("startup", times.value, "x", target=times.target, ok=times.ok and size.ok, figures=[times, size])


def _sizes(installed: Layers, trimmed: Layers) -> Figure:
    print("what the image adds to its base, MB      files    gzip    zstd")
    for label, layers in (("as installed", installed), ("as the Dockerfile trims it", trimmed)):
        zstd = "-" if layers.zstd is None else f"{layers.zstd:.1f}"
        print(f"  {label:<34}{layers.files:>10.1f}{layers.gzip:>8.1f}{zstd:>8}")
    ok = trimmed.gzip <= MOST_MEGABYTES
    return Figure("layers added to the base", trimmed.gzip, "MB", f"<= {MOST_MEGABYTES:g}", ok)


def _times(found: first_answer.Compared) -> Figure:
    print(f"\nto the first healthy answer, medians      seconds   CPU seconds   at {SMALLEST_VCPU:g} vCPU")
    for label, start in (("sample application", found.app), ("bare Starlette application", found.bare)):
        at_least = max(start.seconds, start.cpu_seconds / SMALLEST_VCPU)
        print(f"  {label:<38}{start.seconds:>9.3f}{start.cpu_seconds:>14.3f}{at_least:>15.2f}")
    times = found.app.seconds / found.bare.seconds
    return Figure("first healthy answer", times, "x", f"<= {MOST_TIMES:g}", times <= MOST_TIMES)


if __name__ == "__main__":
    main()
