"""One run of `fastscale demo`, as a benchmark needs it: its options in, its report out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Failures that an overloaded task does not explain: the connection or the proxy broke.
TARGET_CHANGE_FAILURES = ("connection", "gateway")


@dataclass(frozen=True)
class Demo:
    """What `report.json` holds, and the exit code: 0 when a scale-out came and the served traffic recovered.

    A run without a report reached no milestone.
    """

    report: dict[str, Any]
    exit_code: int

    @property
    def broken(self) -> int:
        """Requests that were broken by a target that came or went."""
        phases = self.report["requests"].values()
        return sum(phase["failures"].get(kind, 0) for phase in phases for kind in TARGET_CHANGE_FAILURES)


def run_demo(out: Path, *options: str) -> Demo:
    """Run a demonstration with a fresh local cloud; ``out`` is the folder of its report."""
    report = out / "report.json"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "fastscale", "demo", "--out", str(out), *options]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if not report.exists():
        print(f"the demo ended with {done.returncode} and no report: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return Demo({"milestones": defaultdict(lambda: None), "requests": {}, "trigger": None}, done.returncode or 1)
    return Demo(json.loads(report.read_text()), done.returncode)
