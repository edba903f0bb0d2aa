"""What does the request meter cost a service, beside the middlewares that people use now, and does it count right?

make bench NAME=meter                 about four minutes, on a machine that does nothing else
make bench NAME=meter ARGS=--quick    a minute, for a look
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from benchmarks.meter_parts import added_time, correctness, import_time, memory, throughput
from benchmarks.meter_parts.subjects import FASTSCALE
from benchmarks.result import Figure, finish

ADDED_MICROSECONDS = 2.0
SHARE_OF_CHEAPEST = 1 / 3
GROWTH_MEGABYTES = 5.0
IMPORT_MILLISECONDS = 30.0


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int
    requests: int
    millions: int
    starts: int
    wrk_rounds: int
    wrk_seconds: int
    correct: int


FULL = Size(rounds=41, requests=5000, millions=10, starts=31, wrk_rounds=5, wrk_seconds=5, correct=1_000_000)
QUICK = Size(rounds=11, requests=2000, millions=3, starts=7, wrk_rounds=2, wrk_seconds=2, correct=50_000)


def main() -> None:
    """Measure one after the other, print a table each, and end with the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: rough figures")
    size = QUICK if parser.parse_args().quick else FULL
    added, share = measure_added_time(size)
    figures = [
        share,
        measure_memory(size),
        measure_import(size),
        *measure_throughput(size),
        measure_correctness(size),
    ]
    finish(
        "meter",
        added.value,
        added.unit,
        target=added.target,
        ok=added.ok and all(figure.ok for figure in figures),
        figures=[added, *figures],
    )


def measure_added_time(size: Size) -> tuple[Figure, Figure]:
    """CPU time added to a request, and its share of what the cheapest other middleware adds."""
    print("CPU time added to a request, all threads included (medians)")
    found = added_time.measure(size.rounds, size.requests)
    for result in found:
        print(f"  {result.subject:<36}{result.added:>8.2f} us   (bare app {result.bare:.2f} us)")
    ours = next(result.added for result in found if result.subject == FASTSCALE)
    cheapest = min(result.added for result in found if result.subject != FASTSCALE)
    return (
        Figure("added time per request", ours, "us", f"<= {ADDED_MICROSECONDS:g}", ours <= ADDED_MICROSECONDS),
        Figure("share of the cheapest other", ours / cheapest, "", "<= 1/3", ours / cheapest <= SHARE_OF_CHEAPEST),
    )


def measure_memory(size: Size) -> Figure:
    """Growth of the resident memory between the second million requests and the last."""
    found = memory.measure(size.millions)
    print(f"\nMemory: {found.first:.1f} MB during the second million requests, {found.last:.1f} MB during the last one")
    target = f"<= {GROWTH_MEGABYTES:g}"
    return Figure("memory growth", found.growth, "MB", target, found.growth <= GROWTH_MEGABYTES)


def measure_import(size: Size) -> Figure:
    """Time that importing the meter takes; loading boto3 or pydantic fails the figure."""
    milliseconds, heavy = import_time.measure(size.starts), import_time.heavy_modules()
    print(f"\nImport: {milliseconds:.1f} ms, loading of boto3 and pydantic: {', '.join(heavy) or 'nothing'}")
    ok = milliseconds <= IMPORT_MILLISECONDS and not heavy
    return Figure("import time", milliseconds, "ms", f"<= {IMPORT_MILLISECONDS:g}, without boto3", ok)


def measure_throughput(size: Size) -> list[Figure]:
    """What is left of a uvicorn server's throughput; nothing where wrk is not installed."""
    found = throughput.measure(size.wrk_rounds, size.wrk_seconds)
    if found is None:
        print("\nThroughput: not measured, wrk is not installed (apt-get install wrk)")
        return []
    print(f"\nThroughput under wrk: {found.bare:,.0f} requests/s bare, {found.metered:,.0f} with the meter")
    return [Figure("throughput kept", found.kept_percent, "%", "reported", ok=True)]


def measure_correctness(size: Size) -> Figure:
    """Requests by which the stored totals differ from the load generator's."""
    expected, stored, failures = correctness.measure(size.correct)
    print(f"\nCorrectness: {size.correct:,} requests with faults, {failures} failed calls of the destination")
    print(f"  sent    {expected}\n  stored  {stored}")
    wrong = sum(abs(a - b) for a, b in zip(vars(expected).values(), vars(stored).values(), strict=True))
    return Figure("requests counted wrong", wrong, "", "0", wrong == 0)


if __name__ == "__main__":
    main()
