"""The two controllers of the chaos benchmark: they share a lease, hang, end, and are started again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.pulse_parts.judge import MOST_TASKS, REQUESTS_PER_TASK, STABLE_SECONDS, Judge
from benchmarks.pulse_parts.stub_cloud import CLUSTER, SERVICE, Cloud, Server
from benchmarks.pulse_parts.weather import Weather
from fastscale.aws.session import CONTROL_CONFIG
from fastscale.control.clock import SteadyClock
from fastscale.ports import LoadRound, ReadRequest
from fastscale.pulse.program import Program
from fastscale.pulse.scrape import Scraper
from fastscale.pulse.settings import PulseSettings, from_environment

TABLE = "chaos"
#: Nobody waits longer for a loop that hangs, in seconds.
LONGEST_HANG_SECONDS = 12.0


class Hanging(Scraper):
    """Reads tasks, but not while ``gate`` is closed."""

    def __init__(self, gate: threading.Event) -> None:
        super().__init__()
        self._gate = gate

    def read(self, requests: Mapping[str, ReadRequest], now: float) -> Mapping[str, LoadRound]:
        """One round, when the gate is open."""
        self._gate.wait(LONGEST_HANG_SECONDS)
        return super().read(requests, now)


class Replica:
    """One controller after the other on one machine: ``crashes`` counts those that ended by themselves."""

    _program: Program
    _thread: threading.Thread

    def __init__(self, number: int, server: Server, cloud: Cloud, weather: Weather, judge: Judge) -> None:
        self.number = number
        self.crashes = 0
        self.lost_seconds = 0.0
        self._past_ticks = 0
        self._clients = cache(_clients(number, server, cloud, weather, judge))
        self._clock = SteadyClock(wall=lambda: time.time() + weather.clock_offset)
        self._gate = threading.Event()
        self._busy = threading.Lock()
        self._opens_at = 0.0
        self._begin()

    @property
    def holds(self) -> bool:
        """Whether it holds the lease, as its own metrics say."""
        return "pulse_lease_held 1" in self._program.metrics()

    @property
    def ticks(self) -> int:
        """How many times all of its controllers looked, as their own metrics say."""
        return self._past_ticks + _ticks(self._program)

    def hang(self, seconds: float) -> None:
        """Let the loop stand still for so long."""
        self._opens_at = time.monotonic() + min(seconds, LONGEST_HANG_SECONDS)
        self.lost_seconds += seconds
        self._gate.clear()

    def step(self) -> None:
        """Let the loop go on when it is time."""
        if time.monotonic() >= self._opens_at:
            self._gate.set()
        if not self._busy.locked() and not self._thread.is_alive():
            self.crashes += 1
            self._begin()

    def replace(self) -> None:
        """End it and start another, beside what happens meanwhile."""
        if not self._busy.locked():
            threading.Thread(target=self._replace, daemon=True).start()

    def end(self) -> None:
        """End it for good."""
        with self._busy:
            self._end()

    def _replace(self) -> None:
        with self._busy:
            began = time.monotonic()
            self._end()
            self._begin()
            self.lost_seconds += time.monotonic() - began

    def _end(self) -> None:
        self._gate.set()
        self._program.stop()
        self._thread.join(15)

    def _begin(self) -> None:
        if hasattr(self, "_program"):
            self._past_ticks += _ticks(self._program)
        self._gate.set()
        self._program = Program(_settings(), clients=self._clients, load=Hanging(self._gate), clock=self._clock)
        self._thread = threading.Thread(target=self._program.run, daemon=True)
        self._thread.start()


def _ticks(program: Program) -> int:
    lines = program.metrics().splitlines()
    counts = (line.split()[1] for line in lines if line.startswith("pulse_tick_seconds_count"))
    return int(float(next(counts, "0")))


def _settings() -> PulseSettings:
    plan = {
        "requests_per_task": REQUESTS_PER_TASK,
        "task": {"startup_seconds": 5},
        "metering": {"namespace": "Chaos"},
        "pulse": {"stable_seconds": STABLE_SECONDS, "replicas": 2, "scrape": {"most_tasks": MOST_TASKS}},
    }
    environment = {
        "PULSE_CLUSTER": CLUSTER,
        "PULSE_SERVICE": SERVICE,
        "PULSE_PLAN": json.dumps(plan),
        "PULSE_TABLE": TABLE,
    }
    told = from_environment(environment)
    return PulseSettings(services=told.services, port=0, table=told.table)


def _clients(number: int, server: Server, cloud: Cloud, weather: Weather, judge: Judge) -> Any:
    """Makes clients whose calls the weather refuses and the judge sees."""

    def before_call(model: Any, params: Mapping[str, Any], **_: Any) -> None:
        if weather.throttles(model.name):
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, model.name)
        if model.name == "UpdateService":
            judge.sees(number, json.loads(params["body"])["desiredCount"], cloud.desired)

    def after_call(model: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        for target in parsed.get("ScalableTargets", ()):
            judge.tells(number, target["MinCapacity"], target["MaxCapacity"])

    def before_build(params: Mapping[str, Any], **_: Any) -> None:
        judge.published(params["Namespace"], params["MetricData"])

    def make(service: str) -> Any:
        client = server.client(service, CONTROL_CONFIG)
        client.meta.events.register("before-call", before_call)
        client.meta.events.register("after-call", after_call)
        client.meta.events.register("before-parameter-build.cloudwatch.PutMetricData", before_build)
        return client

    return make
