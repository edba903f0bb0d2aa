"""Does the controller stay alive and careful while everything around it fails?

    python -m benchmarks.pulse_parts.chaos --minutes 30

A whole controller reads real HTTP tasks and acts on the local API server. All the while tasks are killed, answer with
errors, garbage, lies or not at all, 30 % of its API calls are throttled (now and then all of them), the wall clock is
set back and forth, the load jumps, and somebody else changes the desired count. Every count that it sets is judged
against the true load. Prints a line a minute and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from benchmarks.pulse_parts.stub_cloud import CLUSTER, SERVICE, Cloud, Server, free_port, spread
from benchmarks.pulse_parts.stub_tasks import BAD_MODES, StubTasks
from benchmarks.result import Figure, finish
from fastscale.control.clock import SteadyClock
from fastscale.pulse.program import Program
from fastscale.pulse.scrape import Scraper
from fastscale.pulse.settings import from_environment

MINIMUM, MAXIMUM = 2, 40
REQUESTS_PER_TASK = 100.0
STABLE_SECONDS = 30
THROTTLED = 0.3
#: A count below the true need by less than this share is a matter of noise, not of bad data.
TOLERANCE = 0.1
#: Bad data that begins may meet a decision that was made on the good data before, for so long (seconds).
GRACE_SECONDS = 2.0
#: More bad tasks than this share forbid taking tasks away, with the grace of one that may have died just now.
BAD_SHARE = 0.2
STEP_SECONDS = 0.25


@dataclass
class Weather:
    """What is wrong at this moment."""

    dice: random.Random
    throttled: float = THROTTLED
    clock_offset: float = 0.0
    bad_share: float = 0.0
    bad_mode: str = "well"
    bad_since: float = 0.0
    surge_until: float = 0.0
    happened: Counter[str] = field(default_factory=Counter)

    def rate(self, now: float) -> float:
        """The true load in requests/s: a tide of four minutes, and surges."""
        tide = 600 + 400 * math.sin(2 * math.pi * now / 240)
        return tide * (3 if now < self.surge_until else 1)

    def change(self, now: float) -> None:
        """Called four times a second; rates are such that something happens every few seconds."""
        if self._chance(20):
            self.surge_until = now + self.dice.uniform(10, 40) if self._chance(2, per_second=False) else 0.0
            self.happened["load jumps"] += 1
        if self._chance(15):
            self.clock_offset = self.dice.uniform(-600, 600)
            self.happened["clock steps"] += 1
        if self._chance(10):
            calm = self.bad_mode != "well"
            self.bad_mode = "well" if calm else self.dice.choice(BAD_MODES)
            self.bad_share = 0.0 if calm else self.dice.choice((0.05, 0.3, 0.6, 1.0))
            self.bad_since = now
            self.happened[f"tasks turn {self.bad_mode}"] += 1
        if self._chance(30):
            self.throttled = 1.0 if self.throttled == THROTTLED else THROTTLED
            self.happened["API away or back"] += 1

    def kills(self) -> bool:
        """Whether a task dies now."""
        return self._chance(8)

    def meddles(self) -> bool:
        """Whether somebody else sets the count now."""
        return self._chance(45)

    def _chance(self, seconds: float, *, per_second: bool = True) -> bool:
        """True once in ``seconds`` on average; or once in so many calls."""
        return self.dice.random() < (STEP_SECONDS / seconds if per_second else 1 / seconds)


class Judge:
    """Looks at every count that the controller sets."""

    def __init__(self, weather: Weather, cloud: Cloud) -> None:
        self._weather = weather
        self._cloud = cloud
        self._rates: deque[tuple[float, float]] = deque()
        self.raised = self.lowered = 0
        self.out_of_bounds: list[str] = []
        self.on_bad_data: list[str] = []

    def note_rate(self, now: float, rate: float) -> None:
        """The true load now."""
        self._rates.append((now, rate))
        while self._rates[0][0] < now - STABLE_SECONDS:
            self._rates.popleft()

    def sees(self, desired: int, before: int) -> None:
        """The controller sets ``desired`` where the count is ``before``."""
        now = time.time()
        if not MINIMUM <= desired <= MAXIMUM:
            self.out_of_bounds.append(f"{desired}")
        self.raised += desired > before
        if desired >= before:
            return
        self.lowered += 1
        need = max(rate for _, rate in list(self._rates)) / REQUESTS_PER_TASK
        weather = self._weather
        bad_for = now - weather.bad_since if weather.bad_share > BAD_SHARE else 0.0
        if desired < (1 - TOLERANCE) * min(need, MAXIMUM) or bad_for > GRACE_SECONDS:
            self.on_bad_data.append(
                f"{before} -> {desired} where {need:.1f} were needed, "
                f"{weather.bad_share:.0%} {weather.bad_mode} for {bad_for:.1f} s"
            )


class Failures(logging.Handler):
    """Counts what the controller logs with a traceback: none is expected."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note a failure."""
        if record.exc_info:
            self.lines.append(record.getMessage())


def main() -> NoReturn:
    """Bring all up, let it fail for the given time, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started ends with us
    directory = Path(tempfile.mkdtemp(prefix="fastscale-chaos-"))
    failures = Failures()
    logging.getLogger("fastscale").addHandler(failures)
    logging.getLogger("fastscale").propagate = False
    server, tasks = Server(directory / "state"), StubTasks(free_port())
    try:
        judge, weather, program, alive = _run(server, tasks, options.minutes * 60, options.seed)
    finally:
        tasks.close()
        server.close()
        shutil.rmtree(directory, ignore_errors=True)
    print(", ".join(f"{name} {times}" for name, times in sorted(weather.happened.items())))
    _finish(judge, failures, _ticks(program), options.minutes * 60, alive=alive)


def _run(server: Server, tasks: StubTasks, seconds: float, seed: int) -> tuple[Judge, Weather, Program, bool]:
    cloud = Cloud(server, tasks, MINIMUM, MAXIMUM)
    cloud.deploy()
    cloud.step()
    weather = Weather(random.Random(seed))
    judge = Judge(weather, cloud)
    program = _program(server, weather, judge, cloud)
    thread = threading.Thread(target=program.run)
    thread.start()
    began = time.monotonic()
    minute = 1
    try:
        while (passed := time.monotonic() - began) < seconds:
            _step(cloud, weather, judge)
            if passed > minute * 60:
                print(_line(minute, cloud, weather, judge), flush=True)
                minute += 1
        alive = thread.is_alive()
    finally:
        program.stop()
        thread.join(10)
    return judge, weather, program, alive


def _program(server: Server, weather: Weather, judge: Judge, cloud: Cloud) -> Program:
    plan = {
        "requests_per_task": REQUESTS_PER_TASK,
        "task": {"startup_seconds": 5},
        "metering": {"namespace": "Chaos"},
        "pulse": {"stable_seconds": STABLE_SECONDS, "learn": False},
    }
    environment = {"PULSE_CLUSTER": CLUSTER, "PULSE_SERVICE": SERVICE, "PULSE_PLAN": json.dumps(plan)}
    told = from_environment(environment)

    def before_call(model: Any, params: Mapping[str, Any], **_: Any) -> None:
        if weather.dice.random() < weather.throttled:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, model.name)
        if model.name == "UpdateService":
            judge.sees(json.loads(params["body"])["desiredCount"], cloud.desired)

    def clients(service: str) -> Any:
        client = server.client(service)
        client.meta.events.register("before-call", before_call)
        return client

    clock = SteadyClock(wall=lambda: time.time() + weather.clock_offset)
    settings = type(told)(services=told.services, port=0)
    return Program(settings, clients=clients, load=Scraper(), clock=clock)


def _step(cloud: Cloud, weather: Weather, judge: Judge) -> None:
    """A quarter of a second of the world."""
    began = time.monotonic()
    now = time.time()
    weather.change(now)
    if weather.kills() and cloud.running:
        cloud.end(weather.dice.choice(cloud.running))
        weather.happened["kills"] += 1
    if weather.meddles():
        cloud.set_desired(weather.dice.randint(MINIMUM, MAXIMUM))
        weather.happened["counts set by others"] += 1
    cloud.step()
    rate = weather.rate(now)
    judge.note_rate(now, rate)
    serving = cloud.serving()
    bad = round(weather.bad_share * len(serving))
    for number, task in enumerate(serving):
        task.stub.mode = weather.bad_mode if number < bad else "well"
    time.sleep(max(0.0, STEP_SECONDS - (time.monotonic() - began)))
    if serving:
        spread(rate * (time.monotonic() - began), serving, weather.dice)


def _line(minute: int, cloud: Cloud, weather: Weather, judge: Judge) -> str:
    return (
        f"minute {minute:>3}: load {weather.rate(time.time()):5.0f}/s, desired {cloud.desired:>2}, "
        f"raised {judge.raised}, lowered {judge.lowered}, "
        f"out of bounds {len(judge.out_of_bounds)}, on bad data {len(judge.on_bad_data)}"
    )


def _ticks(program: Program) -> int:
    """How many times the controller looked, as its own metrics say."""
    lines = program.metrics().splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("pulse_tick_seconds_count"))))


def _finish(judge: Judge, failures: Failures, ticks: int, seconds: float, *, alive: bool) -> NoReturn:
    for line in (*judge.out_of_bounds, *judge.on_bad_data, *sorted(set(failures.lines))):
        print(line, file=sys.stderr)
    violations = len(judge.out_of_bounds) + len(judge.on_bad_data) + len(failures.lines) + (not alive)
    figures = [
        Figure("crashes", float(not alive) + len(failures.lines), "crashes", "0", alive and not failures.lines),
        Figure("out_of_bounds", len(judge.out_of_bounds), "counts", "0", not judge.out_of_bounds),
        Figure("scale_in_on_bad_data", len(judge.on_bad_data), "counts", "0", not judge.on_bad_data),
        Figure("ticks_a_second", ticks / seconds, "1/s", ">= 0.9", ticks / seconds >= 0.9),
        Figure("raised", judge.raised, "times", "> 0", judge.raised > 0),
        Figure("lowered", judge.lowered, "times", "> 0", judge.lowered > 0),
    ]
    ok = all(figure.ok for figure in figures)
    finish("pulse_chaos", violations, "violations", target="0", ok=ok, figures=figures)


if __name__ == "__main__":
    main()
