"""What the local cloud costs the machine: 20 tasks for 30 minutes, with traffic.

    make bench NAME=cloud ARGS="--minutes 30"

Reads the CPU time of the supervisor, whose threads are the cloud's own loops, and beside it, as the yardstick in the
same run, that of the API server, of Traefik, of all tasks, and of Pulse where the plan has it. The time of each alarm
evaluation comes from the cloud's own metric; those that took too long are listed with their moment. Prints a row a
minute, with the machine's load average, since on a busy machine every wait is longer, and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import psutil
from rich.console import Console

from benchmarks.result import finish
from fastscale import names, profiles
from fastscale.aws.session import local_client
from fastscale.cli.stack import bring_up
from fastscale.load.driver import LoadDriver
from fastscale.load.settings import LoadSettings
from fastscale.load.shape import Point, Shape
from fastscale.localcloud.alarms import EVALUATION_TIME, OWN_NAMESPACE
from fastscale.localcloud.launch import running_pid
from fastscale.localcloud.settings import CloudSettings

MAX_LOOP_SHARE = 0.20
MAX_EVALUATION_MS = 50.0
RESOURCE_ID = f"service/{names.CLUSTER}/{names.SERVICE}"


def main() -> NoReturn:
    """Bring the cloud up, let it run, judge."""
    options = _options()
    state_dir = Path(tempfile.mkdtemp(prefix="fastscale-bench-"))
    settings = CloudSettings(state_dir=state_dir, port=options.port, alb_port=options.alb_port, startup_seconds=5.0)
    cloud = bring_up(Console(stderr=True), profiles.default(), settings)
    try:
        _scale_to(settings, options.tasks)
        load = LoadSettings(host=settings.alb_url, shape=_steady(options.rate, options.minutes * 60))
        with LoadDriver(load, lambda _: None):
            share = _watch(settings, options.minutes)
        slowest, median = _evaluation_times(settings)
        _print_slow(state_dir / "supervisor.log")
    finally:
        cloud.stop()
        shutil.rmtree(state_dir, ignore_errors=True)
    print(f"alarm evaluation: median {median:.1f} ms, slowest {slowest:.1f} ms (at most {MAX_EVALUATION_MS:g} ms)")
    ok = share <= MAX_LOOP_SHARE and slowest <= MAX_EVALUATION_MS
    target = f"<= {MAX_LOOP_SHARE:g} of a core, evaluations <= {MAX_EVALUATION_MS:g} ms (slowest {slowest:.1f} ms)"
    finish("cloud_loops_cpu", share, "cores", target=target, ok=ok)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--rate", type=float, default=100.0, help="requests/s to the whole service")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--alb-port", type=int, default=8000)
    return parser.parse_args()


def _scale_to(settings: CloudSettings, tasks: int) -> None:
    """A floor of ``tasks``, so that nothing scales in, and wait until all of them run."""
    _client(settings, "application-autoscaling").register_scalable_target(
        ServiceNamespace=names.SERVICE_NAMESPACE_ECS,
        ResourceId=RESOURCE_ID,
        ScalableDimension=names.SCALABLE_DIMENSION,
        MinCapacity=tasks,
        MaxCapacity=profiles.REFERENCE.max_capacity,
    )
    ecs = _client(settings, "ecs")
    ecs.update_service(cluster=names.CLUSTER, service=names.SERVICE, desiredCount=tasks)
    deadline = time.monotonic() + 180
    while _running(ecs) < tasks:
        if time.monotonic() > deadline:
            sys.exit(f"error: only {_running(ecs)} of {tasks} tasks run after 180 s")
        time.sleep(1)


def _running(ecs: Any) -> int:
    services = ecs.describe_services(cluster=names.CLUSTER, services=[names.SERVICE])["services"]
    return int(services[0]["runningCount"])


def _steady(rate: float, seconds: float) -> Shape:
    return Shape((Point(0.0, rate), Point(seconds, rate)))


def _watch(settings: CloudSettings, minutes: int) -> float:
    """The share of a core that the loops used over all of the time; prints each minute."""
    supervisor = psutil.Process(running_pid(settings.state_dir))
    groups: dict[str, Callable[[], float]] = {
        "loops": lambda: _cpu_seconds([supervisor]),
        "api": lambda: _cpu_seconds(_children(supervisor, "localcloud.server")),
        "traefik": lambda: _cpu_seconds(_children(supervisor, "traefik")),
        "tasks": lambda: _cpu_seconds(_children(supervisor, "-m app")),
        "pulse": lambda: _cpu_seconds(_children(supervisor, "-m fastscale.pulse")),
    }
    print("minute  " + "  ".join(f"{name:>8}" for name in groups) + "   share of a core      load")
    began = previous_at = time.monotonic()
    first = previous = {name: read() for name, read in groups.items()}
    for minute in range(1, minutes + 1):
        time.sleep(max(0.0, began + minute * 60 - time.monotonic()))
        now, current = time.monotonic(), {name: read() for name, read in groups.items()}
        shares = {name: (current[name] - previous[name]) / (now - previous_at) for name in groups}
        print(f"{minute:>6}  " + "  ".join(f"{share:8.3f}" for share in shares.values()), end="", flush=True)
        print(f"                    {os.getloadavg()[0]:6.1f}", flush=True)
        previous, previous_at = current, now
    return (previous["loops"] - first["loops"]) / (previous_at - began)


def _children(supervisor: psutil.Process, word: str) -> list[psutil.Process]:
    """Children whose command line has ``word`` in it: each leads a session of its own but stays our child."""
    return [child for child in supervisor.children(recursive=True) if word in " ".join(child.cmdline())]


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _evaluation_times(settings: CloudSettings) -> tuple[float, float]:
    """The slowest and the median evaluation of an alarm over the run, in milliseconds."""
    maximum = _points(settings, Statistics=["Maximum"])
    median = _points(settings, ExtendedStatistics=["p50"])
    return max(point["Maximum"] for point in maximum), max(point["ExtendedStatistics"]["p50"] for point in median)


def _print_slow(log: Path) -> None:
    """The lines of the supervisor's ``log`` on evaluations that took longer than they may."""
    for line in log.read_text().splitlines():
        if "the evaluation of" in line:
            print(line)


def _points(settings: CloudSettings, **statistic: list[str]) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    answer = _client(settings, "cloudwatch").get_metric_statistics(
        Namespace=OWN_NAMESPACE,
        MetricName=EVALUATION_TIME,
        StartTime=now - timedelta(hours=3),
        EndTime=now + timedelta(minutes=1),
        Period=86400,
        **statistic,
    )
    return list(answer["Datapoints"])


def _client(settings: CloudSettings, service: str) -> Any:
    return local_client(service, endpoint_url=settings.endpoint_url, region=settings.region)


if __name__ == "__main__":
    main()
