"""The surge's benchmark: whatever the runs did, the last line is JSON, and its figures say why it is not ok."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import one_demo, surge
from benchmarks.result import finish
from benchmarks.surge import Run


def judged(capsys: pytest.CaptureFixture[str], *runs: Run) -> tuple[int, dict]:
    with pytest.raises(SystemExit) as ended:
        surge._judge(runs, startup=23.0)
    return int(str(ended.value.code)), json.loads(capsys.readouterr().out.splitlines()[-1])


def run(trigger: float | None = 9.0, capacity: float | None = 40.0, broken: int = 0) -> Run:
    return Run(phase=1.0, trigger=trigger, capacity=capacity, broken=broken, exit_code=0)


def test_good_runs_are_ok_in_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    code, result = judged(capsys, run(), run(trigger=12.0))
    assert (code, result["ok"], result["value"]) == (0, True, 10.5)
    assert all(figure["ok"] for figure in result["figures"])


@pytest.mark.parametrize(
    ("bad", "missed"),
    [
        (run(broken=3), ["requests broken by changes of targets"]),
        (run(capacity=None), ["capacity within 58 s"]),
        (run(trigger=25.0), ["trigger, median", "trigger, most"]),
    ],
    ids=["broken requests", "no capacity", "late"],
)
def test_what_was_missed_is_a_figure_with_its_own_target(
    capsys: pytest.CaptureFixture[str], bad: Run, missed: list[str]
) -> None:
    code, result = judged(capsys, run(), bad)
    assert (code, result["ok"]) == (1, False)
    assert [figure["name"] for figure in result["figures"] if not figure["ok"]] == missed


def test_a_count_that_was_never_raised_is_null_and_not_infinity(capsys: pytest.CaptureFixture[str]) -> None:
    code, result = judged(capsys, run(trigger=None, capacity=None))
    assert (code, result["value"]) == (1, None)


def test_a_value_that_is_no_number_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        finish("nothing", float("nan"), "s", target="any", ok=False)
    assert json.loads(capsys.readouterr().out)["value"] is None


def test_a_demo_that_left_no_report_is_a_run_that_reached_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = subprocess.CompletedProcess([], 2, stderr="error: port 4566 is in use")
    monkeypatch.setattr(one_demo.subprocess, "run", lambda *_, **__: ended)
    demo = one_demo.run_demo(tmp_path)
    assert (demo.exit_code, demo.broken, demo.report["milestones"]["trigger"]) == (2, 0, None)
    assert "port 4566 is in use" in capsys.readouterr().err
