"""Recordings made by a small queue model: what a demonstration would see of a service that answers in a given way."""

from __future__ import annotations

from dataclasses import dataclass

from fastscale.demo.records import Activity, AlarmChange, Datapoint, Evidence, Recording, Sample, TaskLife
from fastscale.load.latency import Histogram
from fastscale.load.records import Failure, Second, Settled, Start, Summary
from fastscale.load.shape import Spacing, surge

START = 1_800_000_000.0
CALM, SURGE = 60, 600
ALARM = "FastScaling-CustomRPS"
STATES = {
    ALARM: "OK",
    f"{ALARM}-Confirmed": "OK",
    f"{ALARM}-Large": "OK",
    f"{ALARM}-Large-Confirmed": "OK",
    "FastScaling-LowRPS": "ALARM",
    "FastScaling-ActiveConnections": "OK",
    "FastScaling-HighCPU": "INSUFFICIENT_DATA",
    "FastScaling-HighMemory": "INSUFFICIENT_DATA",
    "FastScaling-HighRequestRate": "OK",
    "FastScaling-HighResponseTime": "OK",
    "TargetTracking-service/c/s-AlarmHigh-0a1b2c3d-0000-4000-8000-0123456789ab": "OK",
    "TargetTracking-service/c/s-AlarmLow-0a1b2c3d-0000-4000-8000-0123456789ab": "OK",
}


@dataclass(frozen=True)
class Answer:
    """How a service answers a surge: seconds from the surge (None: never), and the tasks it ends with."""

    breach: float | None = 6.0
    alarm: float | None = 9.8
    trigger: float | None = 10.1
    running: float | None = 33.4
    healthy: float | None = 39.0
    tasks: int = 8
    calm_seconds: int = 20
    surge_seconds: int = 100
    task_capacity: int = 100
    queue_a_task: int = 300

    @property
    def surge_at(self) -> float:
        return START + self.calm_seconds


def record(answer: Answer) -> Recording:
    """The recording of a run, looked at once a second, half a second after each second begins."""
    shape = surge(calm_seconds=answer.calm_seconds, surge_seconds=answer.surge_seconds)
    length = answer.calm_seconds + answer.surge_seconds
    seconds, settled = _serve(answer, length)
    return Recording(
        start=Start(
            start=START,
            host="http://localhost:8000",
            points=shape.points,
            seed=1,
            spacing=Spacing.EVEN,
            timeout_seconds=5,
            max_in_flight=4000,
        ),
        surge_at=answer.surge_at,
        seconds=tuple(seconds),
        settled=tuple(settled),
        samples=tuple(_sample(answer, START + second + 0.5) for second in range(length)),
        evidence=_evidence(answer),
        summary=_summary(settled, length),
    )


def _reached(moment: float | None, since: float) -> bool:
    return moment is not None and since >= moment


def _serve(answer: Answer, length: int) -> tuple[list[Second], list[Settled]]:
    """Serve what capacity allows, queue what the tasks hold, refuse the rest."""
    seconds, settled, queue = [], [], 0
    for second in range(length):
        since = second - answer.calm_seconds
        tasks = answer.tasks if _reached(answer.healthy, since) else 2
        offered = CALM if since < 0 else SURGE
        capacity = tasks * answer.task_capacity
        served = min(offered + queue, capacity)
        refused = max(0, offered + queue - served - tasks * answer.queue_a_task)
        queue = offered + queue - served - refused
        failed = {Failure.OVERLOAD: refused} if refused else {}
        wait_ms = 1000 * queue / capacity
        latency = Histogram.of([100 + wait_ms + step % 40 for step in range(offered - refused)])
        at = START + second
        settled.append(Settled(second=at, offered=offered, ok=offered - refused, failed=failed, latency=latency))
        seconds.append(_second(at, offered, served, failed, latency, queue))
    return seconds, settled


def _second(at: float, offered: int, served: int, failed: dict[Failure, int], latency: Histogram, queue: int) -> Second:
    return Second(
        second=at,
        offered=offered,
        sent=offered,
        ok=served,
        failed=failed,
        latency_ms=latency.summary(),
        in_flight=queue,
        lag_ms=1.2,
        lagging=False,
        limited=False,
    )


def _sample(answer: Answer, at: float) -> Sample:
    since = at - answer.surge_at
    alarmed = {ALARM, f"{ALARM}-Large"} if _reached(answer.alarm, since) else set()
    return Sample(
        at=at,
        desired=answer.tasks if _reached(answer.trigger, since) else 2,
        running=answer.tasks if _reached(answer.running, since) else 2,
        pending=0,
        healthy=answer.tasks if _reached(answer.healthy, since) else 2,
        alarms={name: "ALARM" if name in alarmed else state for name, state in STATES.items()},
        activity=_activity(answer) if _reached(answer.trigger, since) else None,
        load=Datapoint(at=at - at % 10, value=240.0 if _reached(answer.breach, since) else 30.0),
    )


def _activity(answer: Answer) -> Activity:
    return Activity(
        at=answer.surge_at + (answer.trigger or 0),
        status="Successful",
        description=f"Successfully set desired count to {answer.tasks}. Change successfully fulfilled by ecs.",
        cause=f"monitor alarm {ALARM} in state ALARM triggered policy FastScaling-ScaleOut",
        desired=answer.tasks,
    )


def _evidence(answer: Answer) -> Evidence:
    return Evidence(
        scale_out_alarms=(ALARM, f"{ALARM}-Confirmed", f"{ALARM}-Large", f"{ALARM}-Large-Confirmed"),
        load_threshold=100,
        alarm_changes=()
        if answer.alarm is None
        else tuple(
            AlarmChange(at=answer.surge_at + answer.alarm, alarm=name, state="ALARM")
            for name in (ALARM, f"{ALARM}-Large")
        ),
        activities=() if answer.trigger is None else (_activity(answer),),
        tasks=(_task("old", START - 100, START - 77), *_added_tasks(answer)),
    )


def _added_tasks(answer: Answer) -> list[TaskLife]:
    created = answer.surge_at + (answer.trigger or 0) + 0.2
    started = None if answer.running is None else answer.surge_at + answer.running
    return [_task(f"added-{number}", created, started and started + number / 10) for number in range(answer.tasks - 2)]


def _task(name: str, created: float, started: float | None) -> TaskLife:
    return TaskLife(task=name, created_at=created, started_at=started)


def _summary(settled: list[Settled], length: int) -> Summary:
    return Summary(
        start=START,
        seconds=length,
        offered=sum(line.offered for line in settled),
        sent=sum(line.offered for line in settled),
        ok=sum(line.ok for line in settled),
        unanswered=0,
        latency_ms=Histogram.merged(line.latency for line in settled).summary(),
        worst_lag_ms=3.4,
        cpu_seconds=12.0,
        stopped=False,
    )
