"""`fastscale pulse explain` on a controller's answer and on its log, and clear lines where there is neither."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fastscale.cli.pulse import app
from fastscale.pulse import json_log, start
from fastscale.pulse.endpoint import JSON, serving
from fastscale.pulse.settings import PulseSettings
from tests.aws.shop import shared_server
from tests.free_ports import free_port
from tests.localcloud.server.process import REGION

RAISED = {
    "event": "change",
    "service": "service/shop/web",
    "at": 1_700_000_000.0,
    "until": 1_700_000_001.0,
    "move": "surge",
    "reason": "1,900 requests/s need [20] tasks",
    "desired": 2,
    "serving": 2,
    "rate": 1_900.0,
    "wanted": 21,
    "set": 20,
    "note": "the limits are 2 to 20 tasks",
}


def pulse(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fastscale", "pulse", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"COLUMNS": "160", "PATH": "/usr/bin:/bin", **environment},
    )


def test_explain_asks_a_running_controller_and_shows_a_table() -> None:
    answer = (200, JSON, json.dumps({"services": [], "decisions": [RAISED]}))
    with serving(lambda path, _: answer if path == "/decisions" else None, host="127.0.0.1", port=0) as port:
        done = pulse("explain", "--url", f"http://127.0.0.1:{port}")
    assert done.returncode == 0, done.stderr
    heading, _, row = done.stdout.strip().splitlines()[:3]
    assert heading.split() == ["Time", "Move", "Requests/s", "Serving", "Tasks", "Why"]
    assert "surge" in row
    assert "2 -> 20" in row
    assert "1,900 requests/s need [20] tasks (the limits are 2 to 20 tasks)" in row
    assert row.index("2 -> 20") <= heading.index("Tasks") + len("Tasks")


def test_explain_reads_a_log_of_json_lines(tmp_path: Path) -> None:
    log = tmp_path / "pulse.log"
    other = {**RAISED, "service": "service/shop/other", "reason": "something else"}
    log.write_text("\n".join(["not json", json.dumps({"message": "started"}), json.dumps(RAISED), json.dumps(other)]))
    done = pulse("explain", "--log", str(log), "--service", "service/shop/web")
    assert "need [20] tasks" in done.stdout
    assert "something else" not in done.stdout


def test_explain_reads_the_log_group_of_the_deployed_controller(tmp_path: Path) -> None:
    server = shared_server()
    logs = server.client("logs")
    logs.create_log_group(logGroupName="/ecs/explained")
    logs.create_log_stream(logGroupName="/ecs/explained", logStreamName="one")
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(RAISED)}
    logs.put_log_events(logGroupName="/ecs/explained", logStreamName="one", logEvents=[event])
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL": server.url}
    done = pulse("explain", "--log-group", "/ecs/explained", AWS_REGION=REGION, **keys)
    assert "need [20] tasks" in done.stdout, done.stderr
    plan = tmp_path / "plan.toml"
    plan.write_text(f'profile = "default"\nregion = "{REGION}"\n[pulse]\ncluster_service = "explained"\n')
    found = pulse("explain", "--plan", str(plan), **keys)
    assert "need [20] tasks" in found.stdout, "the plan names the log group"
    gone = pulse("explain", "--log-group", "/ecs/nothing", AWS_REGION=REGION, **keys)
    assert (gone.returncode, gone.stderr.count("\n")) == (2, 1)


def test_a_controller_of_a_plan_has_the_table_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('profile = "default"\n[pulse]\nreplicas = 2\n')
    monkeypatch.delenv("PULSE_SERVICE", raising=False)
    monkeypatch.setenv("PULSE_TABLE", "memory")
    started: list[PulseSettings] = []

    class Program:
        def __init__(self, settings: PulseSettings, *, region: str | None) -> None:
            started.append(settings)

        def run(self) -> None: ...

    monkeypatch.setattr(start, "environment_program", Program)
    monkeypatch.setattr(json_log, "install", lambda: None)
    folder = str(tmp_path)
    for words in ([], ["--history", folder]):
        done = CliRunner().invoke(app, ["run", "--plan", str(plan), *words])
        assert done.exit_code == 0, done.output
    assert [one.table for one in started] == ["memory", "memory"]
    assert [one.history for one in started] == [None, tmp_path]


def test_without_a_controller_there_is_one_clear_line() -> None:
    done = pulse("explain", "--url", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no controller answers at http://127.0.0.1:")
    assert done.stderr.count("\n") == 1


def test_an_environment_that_cannot_be_used_is_one_clear_line() -> None:
    for words in (["run"], ["dry-run"]):
        done = pulse(*words, PULSE_SERVICE="web")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert done.stderr.startswith("error: PULSE_CLUSTER is not set")
