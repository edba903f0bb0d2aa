"""What `make bench NAME=pulse` says of parts that were not measured whole, and of runs that never came to their end."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import pulse
from benchmarks.pulse_parts import trigger
from benchmarks.pulse_parts.judge import Judge
from benchmarks.pulse_parts.weather import Weather
from fastscale import names


def well(name: str, _options: object) -> dict[str, Any]:
    return {"name": name, "value": 1, "unit": "", "target": "1", "ok": True}


@pytest.mark.parametrize(("real", "code"), [(False, 1), (True, 0)])
def test_everything_without_real_traffic_is_incomplete_and_not_ok(
    real: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    if real:
        (folder / "shop.csv").write_text("0,1\n")
    monkeypatch.setattr(pulse, "_run", well)
    monkeypatch.setenv(pulse.TRACES_VARIABLE, str(folder))
    monkeypatch.setattr("sys.argv", ["pulse", "--full"])
    with pytest.raises(SystemExit) as ended:
        pulse.main()
    said = capsys.readouterr().out
    assert ended.value.code == code
    assert ("INCOMPLETE" in said) is not real
    assert json.loads(said.splitlines()[-1])["ok"] is real


@pytest.mark.parametrize(
    ("capacity", "broken", "code"),
    [((26.0, 30.5), 0, 0), ((26.0, None), 0, 1), ((26.0, 60.0), 0, 1), ((26.0, 30.5), 1, 1)],
)
def test_surges_are_judged_by_capacity_and_broken_requests_too(
    capacity: tuple[float, float | None], broken: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [
        trigger.Run(
            phase=1, decision=0.8, trigger=1.0, actor="Pulse", alarm_trigger=9.0, capacity=seconds, broken=broken
        )
        for seconds in capacity
    ]
    with pytest.raises(SystemExit) as ended:
        trigger._judge(runs)
    figures = {figure["name"]: figure["value"] for figure in json.loads(capsys.readouterr().out)["figures"]}
    assert ended.value.code == code
    assert figures["capacity, median"] == 26.0
    assert figures["requests broken by changes of targets"] == 2 * broken


class TestJudge:
    """The judge of the chaos, on what it must notice and what it must let pass."""

    def judge(self) -> Judge:
        made = Judge(Weather(random.Random(1)))
        made.note_rate(time.time(), 1_000.0)
        made.tells(0, 3, 20)
        return made

    def test_counts_within_the_limits_that_were_told_pass_and_others_do_not(self) -> None:
        judge = self.judge()
        judge.sees(0, 20, before=10)
        assert judge.violations == []
        for desired in (21, 2):
            judge.sees(0, desired, before=10)
        judge.sees(1, 12, before=10)  # nobody told this one
        assert len(judge.out_of_bounds) == 3

    def test_limits_that_have_moved_bind_a_moment_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        judge = self.judge()
        judge.tells(0, 3, 12)
        judge.sees(0, 20, before=10)
        assert judge.violations == []  # its look was answered before
        later = time.monotonic() + 10
        monkeypatch.setattr("benchmarks.pulse_parts.judge.time.monotonic", lambda: later)
        judge.sees(0, 20, before=10)
        assert len(judge.out_of_bounds) == 1

    def test_tasks_that_the_load_needs_and_those_of_bad_data_must_stay(self) -> None:
        judge = self.judge()
        judge.sees(0, 12, before=15)
        assert judge.violations == []
        judge.sees(0, 6, before=15)
        judge.weather.bad_share, judge.weather.bad_since = 0.3, time.time() - 5
        judge.sees(0, 12, before=15)
        assert len(judge.on_bad_data) == 2

    def test_a_second_holder_and_a_metric_of_another_time_are_noticed(self) -> None:
        judge = self.judge()
        judge.holders([1])
        judge.published("Chaos", [{"MetricName": "a", "Timestamp": datetime.fromtimestamp(time.time() - 60, UTC)}])
        assert judge.violations == []
        judge.holders([0, 1])
        judge.published("Chaos", [{"MetricName": "a", "Timestamp": datetime.fromtimestamp(time.time() + 60, UTC)}])
        own = [{"MetricName": "Heartbeat", "Timestamp": datetime.fromtimestamp(time.time() - 600, UTC)}]
        judge.published(names.NAMESPACE_PULSE, own)
        assert (len(judge.two_holders), len(judge.wrong_times)) == (1, 2)
