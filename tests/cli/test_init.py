"""`fastscale init` as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastscale import plan_file, profiles

CHECKOUT = Path(__file__).resolve().parents[2]


def fastscale(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fastscale", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_file_is_commented_and_gives_the_profile_back(tmp_path: Path) -> None:
    ended = fastscale(tmp_path, "init", "--profile", "reference")
    assert (ended.returncode, ended.stderr) == (0, "")
    path = tmp_path / "fastscale.toml"
    assert plan_file.load(path) == profiles.profile("reference").model_copy(update={"profile": "custom"})
    assert sum(line.startswith("# ") for line in path.read_text().splitlines()) > 10


def test_a_file_that_is_there_stays_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("# mine")
    refused = fastscale(tmp_path, "init", "mine.toml")
    assert (refused.returncode, path.read_text()) == (2, "# mine")
    assert refused.stderr == "error: mine.toml is there already: --force overwrites it, or name another file\n"
    assert fastscale(tmp_path, "init", "mine.toml", "--force").returncode == 0
    assert plan_file.load(path).scaling == profiles.profile("default").scaling


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nowhere/plan.toml"], "error: nowhere/plan.toml cannot be written: No such file or directory"),
        (["--profile", "fast"], "error: unknown profile 'fast': choose one of default, reference"),
    ],
)
def test_what_cannot_be_written_is_one_line(tmp_path: Path, words: list[str], line: str) -> None:
    ended = fastscale(tmp_path, "init", *words)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(line[:40])
    assert not list(tmp_path.iterdir())
