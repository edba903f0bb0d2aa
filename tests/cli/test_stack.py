"""What the options of `demo` and `local up` may be, and what is checked before anything is started."""

from __future__ import annotations

import math
import socket
from pathlib import Path

import pytest
from rich.console import Console

from app.settings import Settings
from fastscale import profiles
from fastscale.cdk import synthesis
from fastscale.cli.stack import bring_up, cloud_settings, ended_on_failure
from fastscale.errors import InputError, LocalCloudError, PortInUseError
from fastscale.localcloud.launch import RunningCloud
from fastscale.localcloud.settings import CloudSettings
from fastscale.plan import Plan
from tests.free_ports import free_port


def made(
    port: int = 4566, alb_port: int = 8000, startup: float | None = None, task_capacity: float = 100.0
) -> CloudSettings:
    return cloud_settings(
        profiles.default(),
        state_dir=Path("none"),
        port=port,
        alb_port=alb_port,
        startup=startup,
        task_capacity=task_capacity,
    )


@pytest.mark.parametrize("port", [0, -1, 65536, 70000])
def test_a_number_that_is_no_port_is_refused_with_its_option(port: int) -> None:
    with pytest.raises(InputError, match=f"^--port {port} is not a port: give a number from 1 to 65535$"):
        made(port=port)
    with pytest.raises(InputError, match=f"^--alb-port {port} is not a port"):
        made(alb_port=port)


def test_one_port_for_two_is_refused() -> None:
    with pytest.raises(InputError, match=r"^--port and --alb-port are both 9000: give two different ports$"):
        made(port=9000, alb_port=9000)


@pytest.mark.parametrize("startup", [-5.0, math.nan, math.inf])
def test_a_start_up_that_never_ends_or_was_before_is_refused(startup: float) -> None:
    with pytest.raises(InputError, match=rf"^--startup {startup:g} is not a time: give seconds, 0 or more$"):
        made(startup=startup)


@pytest.mark.parametrize("capacity", [0.0, -1.0, 0.01, 2e5, math.inf, math.nan])
def test_a_capacity_that_no_task_can_have_is_refused(capacity: float) -> None:
    with pytest.raises(
        InputError, match=r"^--task-capacity .* is not what a sample task can be given: 0\.02 to 100,000"
    ):
        made(task_capacity=capacity)


@pytest.mark.parametrize("capacity", [0.02, 1.0, 7.5, 100.0, 1e5])
def test_a_capacity_that_is_taken_is_what_the_sample_application_then_has(capacity: float) -> None:
    settings = Settings.from_environment(made(task_capacity=capacity).task_environment)
    assert settings.workers / settings.service_seconds == pytest.approx(capacity, rel=1e-4)


@pytest.fixture
def unmade(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is synthesized: what stands in the way is to be told before."""
    monkeypatch.setattr(synthesis, "synthesize", lambda *_: pytest.fail("was synthesized"))


@pytest.mark.usefixtures("unmade")
def test_a_port_that_tasks_need_is_missed_before_anything_is_made(tmp_path: Path) -> None:
    plan = profiles.default()
    with socket.create_server(("0.0.0.0", 0)) as busy:  # noqa: S104 - as python -m http.server does
        port = busy.getsockname()[1]
        taken = Plan.model_validate(plan.model_copy(update={"task": plan.task.model_copy(update={"port": port})}))
        with pytest.raises(PortInUseError, match=rf"^no task can have port {port}: .* task\.port in a plan file$"):
            bring_up(Console(), taken, CloudSettings(state_dir=tmp_path, port=free_port(), alb_port=free_port()))


@pytest.mark.usefixtures("unmade")
def test_a_port_of_the_cloud_is_missed_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(PortInUseError, match=rf"^port {port} is in use: .* with --alb-port$"):
            bring_up(Console(), profiles.default(), CloudSettings(state_dir=tmp_path, port=free_port(), alb_port=port))


class Cloud(RunningCloud):
    """One that only notes that it was ended."""

    def __init__(self, folder: Path) -> None:
        self.settings = CloudSettings(state_dir=folder)
        self.ended = False

    def stop(self) -> None:
        self.ended = True


def test_what_fails_in_the_cloud_ends_it_and_names_its_events(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    with (
        pytest.raises(LocalCloudError, match=rf"^broken; {tmp_path}/events\.log has all events"),
        ended_on_failure(cloud),
    ):
        raise LocalCloudError("broken")
    assert cloud.ended


def test_an_interrupted_cloud_is_ended_and_one_that_did_its_work_is_not(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    with ended_on_failure(cloud):
        pass
    assert not cloud.ended
    with pytest.raises(KeyboardInterrupt), ended_on_failure(cloud):
        raise KeyboardInterrupt
    assert cloud.ended
