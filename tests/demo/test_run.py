"""A whole demonstration: real load on a real server; only the service's counts come from a script."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from fastscale.demo.ready import wait_until_ready
from fastscale.demo.records import Activity, Evidence, Sample, ServiceEvent
from fastscale.demo.run import demonstrate
from fastscale.demo.settings import DemoSettings
from fastscale.errors import LocalCloudError
from fastscale.profiles import profile
from tests.load.servers import app_server

ALARM = "FastScaling-CustomRPS"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with app_server() as server_url:
        yield server_url


class Scripted:
    """A service that has 2 tasks, and 8 from the moment its script says (seconds from the first look)."""

    def __init__(self, *, scales_after: float | None, healthy: int = 2, events: tuple[str, ...] = ()) -> None:
        self._events = tuple(ServiceEvent(at=at, message=message) for at, message in enumerate(events))
        self._scales_after = scales_after
        self._healthy = healthy
        self._first_look: float | None = None

    def sample(self, now: float) -> Sample:
        self._first_look = self._first_look or now
        scaled = self._scales_after is not None and now - self._first_look >= self._scales_after
        count = 8 if scaled else self._healthy
        alarms = {ALARM: "ALARM" if scaled else "OK"}
        return Sample(at=now, desired=count, running=count, pending=0, healthy=count, alarms=alarms)

    def evidence(self, since: float) -> Evidence:
        if self._scales_after is None or self._first_look is None:
            return Evidence(scale_out_alarms=(ALARM,), service_events=self._events)
        at = self._first_look + self._scales_after
        activity = Activity(at=at, status="Successful", description="Setting desired count to 8.", cause="", desired=8)
        return Evidence(scale_out_alarms=(ALARM,), load_threshold=100, activities=(activity,))


def settings(out_dir: Path, **changed: object) -> DemoSettings:
    values: dict[str, object] = {
        "calm_rate": 20,
        "surge_rate": 100,
        "calm_seconds": 2,
        "surge_seconds": 9,
        "rise_seconds": 0.5,
        "task_capacity": 20,
        "out_dir": out_dir,
        "json_output": True,
    }
    return DemoSettings(**(values | changed))


def test_a_surge_that_is_answered_ends_with_0_and_a_report(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(file=io.StringIO(), width=100)
    code = demonstrate(settings(tmp_path), Scripted(scales_after=5), url, profile("default"), console)
    data = json.loads(capsys.readouterr().out)

    assert code == 0
    assert json.loads((tmp_path / "report.json").read_text()) == data
    assert 0 < data["milestones"]["trigger"] <= data["milestones"]["capacity"] < 6
    assert data["requests"]["before"]["offered"] > 20
    assert data["requests"]["after"]["failed"] == 0
    assert sum(phase["offered"] for phase in data["requests"].values()) == data["generator"]["offered"]
    assert "The surge" in (tmp_path / "report.html").read_text()
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "2 tasks are healthy" in shown
    assert "* the surge begins" in shown
    assert "* desired count 2 → 8" in shown
    assert "the desired count is raised" in shown


def test_a_surge_that_nothing_answers_ends_with_1_and_a_report(url: str, tmp_path: Path) -> None:
    console = Console(file=io.StringIO())
    short = settings(tmp_path, surge_seconds=6, json_output=False)

    assert demonstrate(short, Scripted(scales_after=None), url, profile("reference"), console) == 1
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["profile"] == "reference"
    assert data["verdict"]["triggered"] is False
    assert data["verdict"]["recovered"] is True


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (("(service web) was unable to place a task.", "no task can have port 8080"), "'no task can have port 8080'"),
        ((), "it has no events"),
    ],
)
def test_a_service_that_does_not_get_ready_is_one_clear_line_with_its_last_event(
    messages: tuple[str, ...], told: str
) -> None:
    service = Scripted(scales_after=None, healthy=1, events=messages)

    with pytest.raises(LocalCloudError, match=r"not ready after 0\.1 s \(1 running, 1 of 2 healthy\)") as refused:
        wait_until_ready(service, Console(file=io.StringIO()), min_tasks=2, ready_seconds=0.1)
    assert str(refused.value).endswith(told)
    assert "\n" not in str(refused.value)


def test_ctrl_c_leaves_nothing_running(url: str, tmp_path: Path) -> None:
    threading.Timer(3, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        demonstrate(
            settings(tmp_path), Scripted(scales_after=None), url, profile("default"), Console(file=io.StringIO())
        )
    assert not [child for child in psutil.Process().children() if "fastscale.load" in child.cmdline()]
    assert "samples" not in {thread.name for thread in threading.enumerate()}
    assert not (tmp_path / "report.json").exists()
