"""Is Pulse fast, calm, right, frugal and hard to kill? One part answers one question.

    make bench NAME=pulse                                             all but the long ones, about 20 minutes
    make bench NAME=pulse ARGS=--full                                 everything, with 20 surges and 30 minutes of chaos
                                                                      (FASTSCALE_TRACES=FOLDER: of real traffic)
    make bench NAME=pulse ARGS="--part trigger --runs 20"             one part, with its own options

Use a machine that does nothing else. Each part prints its rows; the last line is JSON. Everything is not everything
without real traffic: then the part `traces` is incomplete and the result not ok.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from benchmarks.result import Figure, finish

#: Where the part `traces` looks for real traffic.
TRACES_VARIABLE = "FASTSCALE_TRACES"


@dataclass(frozen=True)
class Part:
    """A program in :mod:`benchmarks.pulse_parts`. ``usual`` are its options when all parts run; None: then it does not.

    ``full`` are those when everything is asked for.
    """

    question: str
    usual: Sequence[str] | None = ()
    full: Sequence[str] = ()


PARTS = {
    "detection": Part("How soon is a surge told from noise, beside the best that is possible?"),
    "steady": Part("Does noise alone ever scale a service out?"),
    "traces": Part("How many requests are late, and at which cost, beside rivals?"),
    "scale": Part("How much can one process watch?"),
    "trigger": Part("How soon is the desired count raised?", usual=("--runs", "5"), full=("--runs", "20")),
    "chaos": Part("Does it stay alive and careful?", usual=None, full=("--minutes", "30")),
}


def main() -> None:
    """Run one part, or several and join their figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--full", action="store_true", help="the long parts, too")
    options, rest = parser.parse_known_args()
    if options.part:
        sys.exit(subprocess.run(_command(options.part, rest), check=False).returncode)
    if rest:
        parser.error(f"{rest[0]} is an option of one part: name it with --part")
    results = {}
    for name, part in PARTS.items():
        chosen = part.full if options.full else part.usual
        if chosen is not None:
            print(f"\n{name}: {part.question}", flush=True)
            results[name] = _run(name, chosen)
    _finish(results, incomplete=options.full and not _real_traffic(os.environ.get(TRACES_VARIABLE)))


def _real_traffic(folder: str | None) -> bool:
    """Whether there is a folder with something in it that the part `traces` reads."""
    return folder is not None and Path(folder).is_dir() and any(Path(folder).iterdir())


def _command(part: str, options: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.pulse_parts.{part}", *options]


def _run(part: str, options: Sequence[str]) -> dict[str, Any]:
    """The part's JSON line; its rows are printed as they come."""
    last = ""
    with subprocess.Popen(_command(part, options), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(last, end="", flush=True)
            last = line
    try:
        result: dict[str, Any] = json.loads(last)
    except ValueError:
        raise SystemExit(f"the part {part!r} ended with {process.returncode} and no result") from None
    return result


def _finish(results: dict[str, dict[str, Any]], *, incomplete: bool) -> NoReturn:
    figures = [
        Figure(**(figure | {"name": f"{part}: {figure['name']}"}))
        for part, result in results.items()
        for figure in result.get("figures", [{key: result[key] for key in ("name", "value", "unit", "target", "ok")}])
    ]
    if incomplete:
        print(f"\ntraces: INCOMPLETE, shapes alone: {TRACES_VARIABLE} names no folder of real traffic")
        figures.append(Figure("traces: real traffic", 0, "folders", "1", ok=False))
        results["traces"]["ok"] = False
    missed = sum(not result["ok"] for result in results.values())
    finish("pulse", missed, "parts that missed a target or are incomplete", target="0", ok=missed == 0, figures=figures)


if __name__ == "__main__":
    main()
