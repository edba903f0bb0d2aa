"""The whole loop as a user has it: real processes, a short start-up, and no process left behind in any end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.localcloud.server.process import eventually, free_port

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
                if str(self.folder) in words or f"--port {self.port}" in words or self._is_task(process):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return found

    def _is_task(self, process: psutil.Process) -> bool:
        return process.environ().get("AWS_ENDPOINT_URL", "").endswith(f":{self.port}")

    def supervisor(self) -> psutil.Process:
        pid = int((self.folder / ".fastscale" / "supervisor.lock").read_text())
        return psutil.Process(pid)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    here = Place(tmp_path)
    yield here
    left = here.processes()
    for process in left:
        process.kill()
    assert not left, f"left behind: {left}"


def test_a_surge_is_met_end_to_end_and_the_report_says_how(place: Place) -> None:
    code, out, err = place.run(
        *place.demo("--calm-rate", "15", "--surge-rate", "90", "--task-capacity", "20"),
        *("--calm", "8", "--duration", "48", "--json", "--plan", str(small_plan(place.folder))),
    )
    report = json.loads(out)
    milestones = report["milestones"]

    assert code == 0, err
    assert 0 < milestones["breaching_metric"] <= milestones["alarm"] <= milestones["trigger"] <= 25
    assert milestones["trigger"] < milestones["running"] <= milestones["healthy"] <= milestones["capacity"] <= 50
    assert report["requests"]["before"]["failed"] == 0
    assert report["requests"]["after"]["ok"] > 0
    assert (place.folder / "out/demo/report.html").read_text().startswith("<!doctype html>")
    assert "deploying" in err.lower()
    assert "desired count 2 →" in err


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
    assert eventually(lambda: not place.processes(), seconds=5)


def test_a_demo_killed_outright_takes_its_cloud_with_it(place: Place) -> None:
    process = place.start(*place.demo())
    assert eventually(begun(place, "traefik"), seconds=40)
    process.kill()
    process.communicate()
    assert eventually(lambda: not place.processes(), seconds=20)


def test_a_cloud_killed_outright_takes_its_children_with_it_and_the_next_one_starts_clean(place: Place) -> None:
    ports = ["--port", str(place.port), "--alb-port", str(place.alb_port), "--startup", "1"]
    assert place.run("local", "up", *ports)[0] == 0
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
        (["demo", "--surge-rate", "10"], "error: surge rate 10 is not above the calm rate 60"),
        (["demo", "--task-capacity", "0"], "error: task capacity 0 is not above 0"),
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
