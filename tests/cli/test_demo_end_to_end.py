"""The whole loop as a user has it: real processes, a short start-up, and no process left behind in any end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil
import pytest

from fastscale import names, profiles
from tests.assemblies import begin_with
from tests.free_ports import free_port
from tests.localcloud.server.process import eventually

CHECKOUT = Path(__file__).resolve().parents[2]


class Place:
    """An empty folder of its own with free ports, where a user types commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.alb_port = free_port(), free_port()

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "fastscale", *words],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=150)
        return process.returncode, out, err

    def demo(self, *more: str) -> list[str]:
        return ["demo", "--port", str(self.port), "--alb-port", str(self.alb_port), "--startup", "3", *more]

    def processes(self) -> list[psutil.Process]:
        """Whatever still runs in or for this folder: supervisors and their children work there or name it."""
        found = []
        for process in psutil.process_iter():
            try:
                words = " ".join(process.cmdline())
                marks = (str(self.folder), f"--port {self.port}", f"localhost:{self.alb_port}")
                if any(mark in words for mark in marks) or self._is_task(process):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return found

    def _is_task(self, process: psutil.Process) -> bool:
        return process.environ().get("AWS_ENDPOINT_URL", "").endswith(f":{self.port}")

    def events(self) -> list[str]:
        """The lines of the cloud's event log."""
        path = self.folder / ".fastscale" / "events.log"
        return path.read_text().splitlines() if path.exists() else []

    def pulse_events(self) -> list[str]:
        """Those of them that tell of Pulse's tasks."""
        return [line for line in self.events() if f"\t{names.PULSE_SERVICE}: task " in line]

    def supervisor(self) -> psutil.Process:
        pid = int((self.folder / ".fastscale" / "supervisor.lock").read_text())
        return psutil.Process(pid)


@pytest.fixture
def place(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    here = Place(tmp_path)
    begin_with(profiles.default(), tmp_path, tmp_path_factory)
    yield here
    left = here.processes()
    for process in left:
        process.kill()
    assert not left, f"left behind: {left}"


def test_pulse_meets_a_surge_end_to_end_and_the_report_says_how(place: Place) -> None:
    code, out, err = place.run(*small_demo(place, calm_seconds=8, surge_seconds=24))
    report = json.loads(out)
    milestones = report["milestones"]

    assert code == 0, err
    assert report["trigger"]["actor"] == "Pulse"
    assert 0 < milestones["pulse_decision"] <= milestones["trigger"] <= 6
    assert milestones["trigger"] < milestones["running"] <= milestones["healthy"] <= milestones["capacity"] <= 20
    assert report["requests"]["before"]["failed"] == 0
    assert report["requests"]["after"]["ok"] > 0
    assert any(paragraph.startswith("Pulse raised the desired count from 2 to ") for paragraph in report["story"])
    assert (place.folder / "out/demo/report.html").read_text().startswith("<!doctype html>")
    assert "deploying" in err.lower()
    assert "Pulse runs" in err
    assert "desired count 2 →" in err


def test_while_pulse_is_killed_again_and_again_the_alarms_meet_the_surge_and_pulse_comes_back(place: Place) -> None:
    with PulseKiller(place) as killer:
        code, out, err = place.run(*small_demo(place, calm_seconds=8, surge_seconds=60))
    report = json.loads(out)
    milestones = report["milestones"]

    assert code == 0, err
    assert killer.kills
    assert report["trigger"]["actor"] == "the alarm path"
    assert 0 < milestones["breaching_metric"] <= milestones["alarm"] <= milestones["trigger"] <= 25
    assert milestones["trigger"] < milestones["running"] <= milestones["healthy"] <= milestones["capacity"] <= 40
    assert report["requests"]["after"]["ok"] > 0
    pulse = place.pulse_events()
    assert sum("ended by itself" in line and "exit code 137" in line for line in pulse) == killer.kills
    assert "is RUNNING" in pulse[-1], "ECS replaces the last one that was killed, too"


def small_demo(place: Place, *, calm_seconds: int, surge_seconds: int) -> list[str]:
    rates = ("--calm-rate", "15", "--surge-rate", "60", "--task-capacity", "20")
    times = ("--calm", str(calm_seconds), "--duration", str(surge_seconds))
    return place.demo(*rates, *times, "--pulse", "--json", "--plan", str(small_plan(place.folder)))


class PulseKiller:
    """From the first request on, kills every Pulse whose task gets RUNNING, until the alarms have raised the count."""

    def __init__(self, place: Place) -> None:
        self.kills = 0
        self._place = place
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.1) and not self._raised():
            with suppress(psutil.NoSuchProcess):  # it ended between two looks
                self._kill(self._place.processes())

    def _kill(self, running: list[psutil.Process]) -> None:
        if any("fastscale.load" in process.cmdline() for process in running):
            started = sum("is RUNNING" in line for line in self._place.pulse_events())
            for process in running:
                if "fastscale.pulse" in process.cmdline() and started > self.kills:
                    process.kill()
                    self.kills += 1

    def _raised(self) -> bool:
        return any("\tscaling\tdesired count 2 -> " in line for line in self._place.events())


def small_plan(folder: Path) -> Path:
    """The default plan for tasks of 20 requests/s: a load that leaves a small machine time to breathe."""
    path = folder / "fastscale.toml"
    path.write_text(
        """
profile = "default"
requests_per_task = 20
[[alarms]]
name = "FastScaling-CustomRPS"
threshold = 20
[[alarms]]
name = "FastScaling-CustomRPS-Confirmed"
threshold = 20
[[scaling.step_policies]]
name = "FastScaling-ScaleOut"
steps = [{ lower = 0, upper = 10, adjustment = 60 }, { lower = 10, adjustment = 170 }]
[[scaling.step_policies]]
name = "FastScaling-ScaleOut-FewTasks"
steps = [{ lower = 0, upper = 10, adjustment = 1 }, { lower = 10, adjustment = 4 }]
"""
    )
    return path


def begun(place: Place, path: str) -> Callable[[], bool]:
    return (place.folder / ".fastscale" / path).exists


@pytest.mark.parametrize("seconds_later", [0.0, 6.0])
def test_ctrl_c_at_any_moment_leaves_nothing_behind(place: Place, seconds_later: float) -> None:
    process = place.start(*place.demo())
    assert eventually(begun(place, "supervisor.lock"), seconds=30)
    time.sleep(seconds_later)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err == "Interrupted: ending `fastscale demo` and everything that it started\n"
    assert eventually(lambda: not place.processes(), seconds=5)


def test_a_demo_killed_outright_takes_its_cloud_with_it(place: Place) -> None:
    process = place.start(*place.demo())
    assert eventually(begun(place, "traefik"), seconds=40)
    process.kill()
    process.communicate()
    assert eventually(lambda: not place.processes(), seconds=20)


def test_a_cloud_killed_outright_takes_its_children_with_it_and_the_next_one_starts_clean(place: Place) -> None:
    ports = ["--port", str(place.port), "--alb-port", str(place.alb_port), "--startup", "1"]
    assert place.run("local", "up", "--no-wait", *ports)[0] == 0
    place.supervisor().kill()
    assert eventually(lambda: not place.processes(), seconds=10)
    assert place.run("local", "status")[0] == 1
    assert place.run("local", "up", "--no-deploy", *ports)[0] == 0
    assert "none deployed" in place.run("local", "status")[1]
    assert place.run("local", "down")[0] == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["demo", "--profile", "fast"], "error: unknown profile 'fast': choose one of default, reference"),
        (["demo", "--plan", "gone.toml"], "gone.toml"),
        (["demo", "--surge-rate", "10"], "error: --surge-rate 10 is no surge: give more than --calm-rate 60"),
        (["demo", "--task-capacity", "inf"], "error: --task-capacity inf is not what a sample task can be given"),
        (["demo", "--startup", "nan"], "error: --startup nan is not a time"),
        (["local", "up", "--port", "70000"], "error: --port 70000 is not a port"),
        (["local", "up", "--profile", "fast"], "error: unknown profile 'fast'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(place: Place, words: list[str], line: str) -> None:
    code, _, err = place.run(*words)
    assert code == 2
    assert line in err
    assert err.count("\n") == 1


def test_a_busy_port_is_one_line_that_names_the_option(place: Place) -> None:
    with socket.create_server(("127.0.0.1", place.port)):
        code, _, err = place.run(*place.demo())
    assert code == 2
    assert f"error: port {place.port} is in use: end what uses it, or choose another with --port" in err


def test_a_second_cloud_in_the_same_folder_is_refused(place: Place) -> None:
    ports = ["--port", str(place.port), "--alb-port", str(place.alb_port)]
    assert place.run("local", "up", "--no-deploy", *ports)[0] == 0
    code, _, err = place.run("local", "up", "--no-deploy", "--port", str(free_port()))
    assert (code, "a local cloud already runs" in err) == (2, True)
    assert place.run("local", "down")[0] == 0
