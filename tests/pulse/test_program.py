"""A whole controller on the real API server: it sees, decides, acts, publishes, answers, and ends at once."""

from __future__ import annotations

import gc
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from fastscale import names
from fastscale.aws.history_table import DynamoHistoryStore
from fastscale.control import lease
from fastscale.control.clock import SteadyClock
from fastscale.errors import InputError
from fastscale.ports import LoadRound, TaskLoad
from fastscale.pulse.history_files import FileHistoryStore
from fastscale.pulse.program import ABLE_SECONDS, HUNG_SECONDS, Program
from fastscale.pulse.publisher import Publisher
from fastscale.pulse.settings import PulseSettings, from_environment
from tests.aws.shop import Shop, clients
from tests.control.fakes import FakeLoad, load
from tests.localcloud.server.process import eventually


def settings(shop: Shop, **policy: Any) -> PulseSettings:
    plan = {
        "requests_per_task": 100,
        "metering": {"namespace": shop.name, "interval_seconds": 1},
        "pulse": {"interval_seconds": 0.25, "scrape": {"timeout_seconds": 0.2}, "stable_seconds": 10, **policy},
    }
    environment = {"PULSE_CLUSTER": shop.name, "PULSE_SERVICE": shop.name, "PULSE_PLAN": json.dumps(plan)}
    return replace(from_environment(environment), port=0)


class Ahead(SteadyClock):
    """A clock that can be set ahead."""

    seconds = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.seconds


class Running:
    """A program in a thread, whose tasks all serve ``rate`` requests/s together."""

    def __init__(self, shop: Shop, *, table: str | None = None, **policy: Any) -> None:
        self.rate = 100.0
        self.clock = Ahead()
        self.goes_on = Event()
        self.goes_on.set()
        self.requests = FakeLoad(self._round)
        self.program = Program(
            replace(settings(shop, **policy), table=table),
            clients=clients(shop.server),
            load=self.requests,
            clock=self.clock,
        )
        self.port = 0
        self.thread = Thread(target=self.program.run, args=(self._ready,))
        self.thread.start()
        assert eventually(lambda: self.port > 0)

    def _ready(self, port: int) -> None:
        self.port = port

    def _round(self, service: str) -> LoadRound:
        self.goes_on.wait(10)
        targets = self.requests.requests[-1][service].targets
        share = self.rate * 0.25 / max(1, len(targets))
        tasks = [TaskLoad(target=target, seconds=0.25, arrivals=share) for target in targets]
        reading = replace(load(self.rate, tasks=len(targets)), arrivals=self.rate * 0.25, seconds=0.25)
        return LoadRound(load=reading, tasks=tasks, asked=len(targets), answered=len(targets))

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def acts(self) -> bool:
        return bool(json.loads(self.get("/health")[1])["acts"])

    def decisions(self) -> list[dict[str, Any]]:
        return json.loads(self.get("/decisions")[1])["decisions"]


@contextmanager
def running(shop: Shop, *, table: str | None = None, **policy: Any) -> Iterator[Running]:
    started = Running(shop, table=table, **policy)
    try:
        yield started
    finally:
        began = time.monotonic()
        started.program.stop()
        started.thread.join(5)
        assert time.monotonic() - began < 2


def published(shop: Shop, metric: str) -> float:
    now = datetime.now(UTC)
    points = shop.server.client("cloudwatch").get_metric_statistics(
        Namespace=shop.name,
        MetricName=metric,
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def test_a_surge_is_answered_published_and_explained(shop: Shop) -> None:
    with running(shop, replicas=1) as started:
        assert eventually(lambda: any(entry["move"] == "hold" for entry in started.decisions()))
        assert eventually(lambda: published(shop, names.TOTAL_REQUESTS) > 100)
        assert eventually(lambda: started.requests.requests[-1][shop.id].published_for_seconds == 15)
        assert shop.desired() == 2

        started.rate = 1_000
        assert eventually(lambda: shop.desired() >= 10, seconds=4)
        assert eventually(lambda: any(entry["set"] for entry in started.decisions()))
        (change,) = [entry for entry in started.decisions() if entry["set"]]
        assert change["move"] == "surge"
        assert change["desired"] == 2

        status, text = started.get("/metrics")
        assert status == 200
        assert f'pulse_changes_total{{service="{shop.id}",outcome="set"}} 1' in text
        assert started.get("/health")[0] == 200
        assert started.get("/nothing")[0] == 404


def test_a_restart_goes_on_from_what_aws_shows(shop: Shop) -> None:
    with running(shop) as first:
        first.rate = 900
        assert eventually(lambda: shop.desired() > 2, seconds=6)
    raised = shop.desired()
    shop.tasks(["RUNNING"] * 2 + ["PENDING"] * (raised - 2))
    with running(shop) as second:
        second.rate = 900
        assert eventually(lambda: any(entry["starting"] for entry in second.decisions()))
        time.sleep(1)
        assert shop.desired() == raised


def test_no_garbage_is_collected_while_tasks_are_read(shop: Shop) -> None:
    with running(shop) as started:
        started.goes_on.clear()
        assert eventually(lambda: not gc.isenabled())
        time.sleep(0.5)
        assert not gc.isenabled()
        started.goes_on.set()
        assert eventually(gc.isenabled)


def test_a_dry_run_changes_nothing_and_promises_the_tasks_nothing(shop: Shop) -> None:
    with running(shop, dry_run=True) as started:
        started.rate = 900
        assert eventually(lambda: any(entry["wanted"] for entry in started.decisions()), seconds=6)
        assert shop.desired() == 2
        assert not published(shop, names.TOTAL_REQUESTS)
        assert all(one[shop.id].published_for_seconds is None for one in started.requests.requests if one)


def several(shop: Shop, *dry_runs: bool, replicas: int = 2) -> PulseSettings:
    """One controller of services of which these are dry runs."""
    entries = [
        {
            "cluster": shop.name,
            "service": f"{shop.name}{number}",
            "plan": {
                "metering": {"namespace": f"{shop.name}{number}"},
                "pulse": {"dry_run": dry, "replicas": replicas},
            },
        }
        for number, dry in enumerate(dry_runs)
    ]
    return replace(from_environment({"PULSE_SERVICES": json.dumps(entries)}), port=0)


def test_two_replicas_share_a_lease_though_the_first_service_is_a_dry_run(shop: Shop) -> None:
    with pytest.raises(InputError, match="replicas = 2 needs the DynamoDB table of the lease: set PULSE_TABLE"):
        Program(several(shop, True, False), clients=clients(shop.server), load=FakeLoad())
    Program(several(shop, True, True), clients=clients(shop.server), load=FakeLoad())


def test_it_says_that_it_acts_though_the_first_service_is_a_dry_run(shop: Shop) -> None:
    program = Program(several(shop, True, False, replicas=1), clients=clients(shop.server), load=FakeLoad())
    ports: list[int] = []
    thread = Thread(target=program.run, args=(ports.append,))
    thread.start()
    try:
        assert eventually(lambda: bool(ports))
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/health", timeout=5) as answer:
            assert json.load(answer)["acts"] is True
    finally:
        program.stop()
        thread.join(5)


def test_what_is_learnt_goes_to_the_folder_where_one_is_given(shop: Shop, tmp_path: Path) -> None:
    told = replace(settings(shop), table="memory", history=tmp_path)
    with_folder = Program(told, clients=clients(shop.server), load=FakeLoad())
    with_table = Program(replace(told, history=None), clients=clients(shop.server), load=FakeLoad())
    assert isinstance(with_folder._history(), FileHistoryStore)
    assert isinstance(with_table._history(), DynamoHistoryStore)


def test_a_thread_that_ended_is_unhealthy_so_that_ecs_replaces_the_task(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Publisher, "run", lambda *_: None)
    with running(shop) as started:
        assert eventually(lambda: started.get("/health")[0] == 503)
        assert json.loads(started.get("/health")[1])["status"] == "ended: pulse-publisher"


def test_a_replica_whose_loop_hangs_gives_up_the_right_to_act(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.1)
    shop.server.client("dynamodb").create_table(
        TableName=shop.name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with running(shop, table=shop.name, replicas=2) as started:
        assert eventually(lambda: started.acts() and any(entry["move"] == "hold" for entry in started.decisions()))
        started.goes_on.clear()
        time.sleep(0.3)
        started.clock.seconds = ABLE_SECONDS
        assert eventually(lambda: not started.acts())
        time.sleep(0.4)  # the thread of the lease lives, and would have taken it back
        assert not started.acts()
        started.goes_on.set()
        assert eventually(started.acts)


def test_a_loop_that_hangs_is_unhealthy_so_that_ecs_replaces_it(shop: Shop) -> None:
    with running(shop) as started:
        assert eventually(lambda: started.get("/decisions")[1].count("hold") > 0)
        assert started.get("/health")[0] == 200
        started.goes_on.clear()
        time.sleep(0.3)
        started.clock.seconds = HUNG_SECONDS
        status, text = started.get("/health")
        assert (status, json.loads(text)["status"]) == (503, "hung")
        started.goes_on.set()
        assert eventually(lambda: started.get("/health")[0] == 200)
