"""Do the controllers stay alive and careful while everything around them fails?

    python -m benchmarks.pulse_parts.chaos --minutes 30

Two whole controllers with a lease and what they learn in a table read real HTTP tasks, of many a sample, and act on the
local API server. All the while tasks are killed, answer with errors, garbage, lies or not at all, 30 % of all API calls
are throttled and now and then one API is away alone, or all of them; the wall clock is set back and forth, the load
jumps, loops hang, controllers end and are started again, and somebody else moves the limits and the desired count.
Every count that is set is judged by the limits that AWS told and the true load, every published metric by its time, and
the lease by its holders. Prints a line a minute and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from benchmarks.pulse_parts.judge import Failures, Judge
from benchmarks.pulse_parts.replicas import TABLE, Replica
from benchmarks.pulse_parts.stub_cloud import Cloud, Server, free_port, spread
from benchmarks.pulse_parts.stub_tasks import StubTasks
from benchmarks.pulse_parts.weather import LEAST_MINIMUM, MOST_MAXIMUM, STEP_SECONDS, Weather
from benchmarks.result import Figure, finish

#: Ticks a second that a controller must keep up while it neither hangs nor ends.
LEAST_TICKS = 0.9


@dataclass
class Chaos:
    """The world of the benchmark."""

    cloud: Cloud
    weather: Weather
    judge: Judge
    replicas: list[Replica]

    def run(self, seconds: float) -> None:
        """Let everything fail for so long."""
        began, minute = time.monotonic(), 1
        while (passed := time.monotonic() - began) < seconds:
            self._step()
            if passed > minute * 60:
                print(self._line(minute), flush=True)
                minute += 1

    def _step(self) -> None:
        """A quarter of a second of the world."""
        began, now = time.monotonic(), time.time()
        weather, cloud = self.weather, self.cloud
        weather.change(now)
        self._trouble()
        cloud.step()
        rate = weather.rate(now)
        self.judge.note_rate(now, rate)
        serving = cloud.serving()
        self.judge.serving = len(serving)
        bad = round(weather.bad_share * len(serving))
        for number, task in enumerate(serving):
            task.stub.mode = weather.bad_mode if number < bad else "well"
        for replica in self.replicas:
            replica.step()
        self.judge.holders([replica.number for replica in self.replicas if replica.holds])
        time.sleep(max(0.0, STEP_SECONDS - (time.monotonic() - began)))
        if serving:
            spread(rate * (time.monotonic() - began), serving, weather.dice)

    def _trouble(self) -> None:
        weather, cloud = self.weather, self.cloud
        happened = weather.happened
        if weather.kills() and cloud.running:
            cloud.end(weather.dice.choice(cloud.running))
            happened["kills"] += 1
        if weather.meddles():
            cloud.set_desired(weather.dice.randint(LEAST_MINIMUM, MOST_MAXIMUM))
            happened["counts set by others"] += 1
        if weather.moves_limits():
            cloud.limit(*weather.limits)
            happened["limits move"] += 1
        if weather.hangs():
            weather.dice.choice(self.replicas).hang(weather.dice.uniform(3, 12))
            happened["loops hang"] += 1
        if weather.ends():
            weather.dice.choice(self.replicas).replace()
            happened["controllers replaced"] += 1

    def _line(self, minute: int) -> str:
        judge, cloud = self.judge, self.cloud
        return (
            f"minute {minute:>3}: load {self.weather.rate(time.time()):5.0f}/s, desired {cloud.desired:>2} of "
            f"{cloud.minimum} to {cloud.maximum}, raised {judge.raised}, lowered {judge.lowered}, "
            f"violations {len(judge.violations)}"
        )


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
        chaos = _bring_up(server, tasks, options.seed)
        try:
            chaos.run(options.minutes * 60)
        finally:
            for replica in chaos.replicas:
                replica.end()
    finally:
        tasks.close()
        server.close()
        shutil.rmtree(directory, ignore_errors=True)
    print(", ".join(f"{name} {times}" for name, times in sorted(chaos.weather.happened.items())))
    _finish(chaos, failures, options.minutes * 60)


def _bring_up(server: Server, tasks: StubTasks, seed: int) -> Chaos:
    weather = Weather(random.Random(seed))
    cloud = Cloud(server, tasks, *weather.limits)
    cloud.deploy()
    cloud.step()
    server.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    judge = Judge(weather)
    judge.note_rate(time.time(), weather.rate(time.time()))
    return Chaos(cloud, weather, judge, [Replica(number, server, cloud, weather, judge) for number in (0, 1)])


def _finish(chaos: Chaos, failures: Failures, seconds: float) -> NoReturn:
    judge, replicas = chaos.judge, chaos.replicas
    for line in (*judge.violations, *sorted(set(failures.lines))):
        print(line, file=sys.stderr)
    crashes = sum(replica.crashes for replica in replicas) + len(failures.lines)
    ticks = min(replica.ticks / max(1.0, seconds - replica.lost_seconds) for replica in replicas)
    counted = {
        "crashes": crashes,
        "out_of_bounds": len(judge.out_of_bounds),
        "scale_in_on_bad_data": len(judge.on_bad_data),
        "two_holders_of_the_lease": len(judge.two_holders),
        "metrics_at_wrong_times": len(judge.wrong_times),
    }
    figures = [Figure(name, times, "times", "0", times == 0) for name, times in counted.items()]
    figures += [
        Figure("ticks_a_second", ticks, "1/s", f">= {LEAST_TICKS:g}", ticks >= LEAST_TICKS),
        Figure("raised", judge.raised, "times", "> 0", judge.raised > 0),
        Figure("lowered", judge.lowered, "times", "> 0", judge.lowered > 0),
    ]
    ok = all(figure.ok for figure in figures)
    finish("pulse_chaos", crashes + len(judge.violations), "violations", target="0", ok=ok, figures=figures)


if __name__ == "__main__":
    main()
