"""`fastscale doctor` as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastscale import plan_file
from tests.doctor.deployed import Deployed
from tests.localcloud.server.process import REGION, Server

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path / "state").start()
    yield started
    started.end()


def doctor(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder of its own, with no credentials but those given."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    away = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder), "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        [sys.executable, "-m", "fastscale", "doctor", *words],
        cwd=folder,
        env=clean | away | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_problems_of_a_deployed_service_are_lines_and_exit_code_1(tmp_path: Path, server: Server) -> None:
    patient = Deployed(server, "patient").deploy()
    server.client("cloudwatch").disable_alarm_actions(AlarmNames=patient.alarms[:1])
    (tmp_path / "fastscale.toml").write_text(plan_file.dump(patient.plan))
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": REGION}
    ended = doctor(tmp_path, "--plan", "fastscale.toml", AWS_ENDPOINT_URL=server.url, **keys)

    assert (ended.returncode, ended.stderr) == (1, "")
    assert "ok       service      running 2 of 2 tasks, 0 pending\n" in ended.stdout
    assert "problem  alarm        patient-rps: its actions are disabled\n" in ended.stdout
    assert "     fix              aws cloudwatch enable-alarm-actions --alarm-names patient-rps\n" in ended.stdout


def test_without_credentials_only_that_is_said(tmp_path: Path) -> None:
    ended = doctor(tmp_path)
    assert ended.returncode == 1
    assert ended.stdout.startswith("problem  credentials  Unable to locate credentials\n     fix ")
    assert ended.stdout.endswith("\n1 problem found.\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--local"], "error: no local cloud runs in .fastscale: `fastscale local up` starts one\n"),
        (["--plan", "none.toml"], "error: none.toml: there is no such file\n"),
    ],
)
def test_what_cannot_be_examined_is_one_line_and_exit_code_2(tmp_path: Path, words: list[str], line: str) -> None:
    ended = doctor(tmp_path, *words)
    assert (ended.returncode, ended.stderr) == (2, line)
