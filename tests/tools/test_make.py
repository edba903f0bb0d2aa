"""What the Makefile says to someone who gives it nothing to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_benchmarks_that_are_listed_are_those_that_measure(tmp_path: Path) -> None:
    (tmp_path / ".installed-bench").touch()  # nothing is to be installed for this
    ended = subprocess.run(
        ["/usr/bin/env", "make", "--silent", "bench", "NAME=one_demo", f"VENV={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    listed = ended.stdout.strip().removeprefix("usage: make bench NAME=").split("|")
    assert "surge" in listed
    assert {"one_demo", "result"}.isdisjoint(listed)
