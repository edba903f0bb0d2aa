"""The report of a demonstration as data: everything that the page shows and `report.json` holds."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import psutil
from pydantic import ValidationError

import fastscale
from fastscale.demo import phases, timeline
from fastscale.demo.orders import Order, orders
from fastscale.demo.phases import Requests
from fastscale.demo.records import Activity, AlarmChange, Model, PulseNote, Recording, Sample, ServiceEvent
from fastscale.demo.settings import DemoSettings
from fastscale.demo.timeline import Milestones
from fastscale.demo.trigger import Trigger
from fastscale.demo.verdict import Verdict, story, verdict
from fastscale.errors import InputError
from fastscale.files import write_whole
from fastscale.load.records import Second, Summary
from fastscale.plan import Plan


class Machine(Model):
    """The machine that everything ran on."""

    cores: int
    memory_gib: float
    system: str
    python: str

    @classmethod
    def here(cls) -> Machine:
        """This machine."""
        return cls(
            cores=os.cpu_count() or 1,
            memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
            system=f"{platform.system()} {platform.machine()}",
            python=platform.python_version(),
        )


class Traffic(Model):
    """What was offered and what was expected: rates in requests/s, times in seconds, the SLO in milliseconds."""

    calm_rate: float
    surge_rate: float
    calm_seconds: float
    surge_seconds: float
    rise_seconds: float
    task_capacity: float
    slo_ms: float
    timeout_seconds: float
    startup_seconds: float
    min_tasks: int
    seed: int
    spacing: str
    path: str


class Report(Model):
    """A judged demonstration. Milestones are seconds from the surge; all other moments are epoch seconds.

    ``trigger`` says who raised the desired count first, ``orders`` holds every raise since the surge.

    ``load`` holds the seconds in which requests were due; those in which the last answers came are not traffic.
    """

    fastscale: str
    profile: str
    verdict: Verdict
    story: tuple[str, ...]
    milestones: Milestones
    trigger: Trigger | None = None
    orders: tuple[Order, ...] = ()
    requests: Requests
    settings: Traffic
    machine: Machine
    surge_at: float
    load_threshold: float | None
    scale_out_alarms: tuple[str, ...]
    alarm_changes: tuple[AlarmChange, ...]
    activities: tuple[Activity, ...]
    pulse: tuple[PulseNote, ...] = ()
    service_events: tuple[ServiceEvent, ...] = ()
    generator: Summary | None
    plan: dict[str, Any]
    samples: tuple[Sample, ...]
    load: tuple[Second, ...]


def build(recording: Recording, settings: DemoSettings, plan: Plan, machine: Machine) -> Report:
    """Judge a recording. Pure."""
    evidence, surge_at = recording.evidence, recording.surge_at
    reached = timeline.milestones(recording, demand=settings.surge_rate, task_capacity=settings.task_capacity)
    raised = timeline.trigger(recording)
    placed = orders(evidence, recording.samples, surge_at)
    capacity_at = None if reached.capacity is None else surge_at + reached.capacity
    requests = phases.requests(recording, capacity_at=capacity_at, slo_ms=settings.slo_ms)
    recovered = phases.recovered(recording, slo_ms=settings.slo_ms)
    return Report(
        fastscale=fastscale.__version__,
        profile=plan.profile,
        verdict=verdict(reached, recovered=recovered, slo_ms=settings.slo_ms),
        story=story(settings, reached, requests, raised, placed),
        milestones=reached,
        trigger=raised,
        orders=placed,
        requests=requests,
        settings=_traffic(settings),
        machine=machine,
        surge_at=surge_at,
        load_threshold=evidence.load_threshold,
        scale_out_alarms=evidence.scale_out_alarms,
        alarm_changes=evidence.alarm_changes,
        activities=evidence.activities,
        pulse=evidence.pulse,
        service_events=evidence.service_events,
        generator=recording.summary,
        plan=plan.model_dump(mode="json"),
        samples=recording.samples,
        load=tuple(line for line in recording.seconds if line.second < phases.load_end(recording)),
    )


def read(path: Path) -> Report:
    """An earlier report. Raises InputError in one line when it cannot be read as one."""
    try:
        return Report.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"report {str(path)!r} cannot be read: {error.strerror}") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise InputError(f"report {str(path)!r} is not a report.json of this version of the demo") from error


def write_json(report: Report, out_dir: Path) -> Path:
    """Write `report.json` into ``out_dir``; returns its path."""
    path = out_dir / "report.json"
    write_whole(path, report.model_dump_json(indent=1))
    return path


def _traffic(settings: DemoSettings) -> Traffic:
    return Traffic(**{name: getattr(settings, name) for name in Traffic.model_fields})
