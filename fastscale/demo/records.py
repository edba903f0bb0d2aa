"""What a demonstration sees as time goes. All moments are epoch seconds; what was not seen is None, never 0."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from fastscale.load.records import Second, Settled, Start, Summary


class Model(BaseModel):
    """Base of everything recorded and reported."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Activity(Model):
    """A scaling activity of Application Auto Scaling; ``desired`` is the count that it set."""

    at: float
    status: str
    description: str
    cause: str
    desired: int | None


class Datapoint(Model):
    """One datapoint of a metric; ``at`` is the start of its period, as CloudWatch stamps it."""

    at: float
    value: float


class Sample(Model):
    """The service as the AWS API showed it at one moment: counts in tasks, load in requests/s per task.

    ``alarms`` maps names to states. ``load`` is the newest 10 s datapoint of the load metric.
    """

    at: float
    desired: int | None = None
    running: int | None = None
    pending: int | None = None
    healthy: int | None = None
    alarms: dict[str, str] | None = None
    activity: Activity | None = None
    load: Datapoint | None = None


class AlarmChange(Model):
    """A state change in an alarm's history."""

    at: float
    alarm: str
    state: str


class TaskLife(Model):
    """When a task was created and when it was RUNNING."""

    task: str
    created_at: float | None
    started_at: float | None


class Evidence(Model):
    """What the API says afterwards, with its own timestamps, which are better than a look once a second.

    ``scale_out_alarms`` are the alarms that add capacity; ``load_threshold`` is the lowest threshold among those of
    them that watch the load per task (requests/s).
    """

    scale_out_alarms: tuple[str, ...] = ()
    load_threshold: float | None = None
    alarm_changes: tuple[AlarmChange, ...] = ()
    activities: tuple[Activity, ...] = ()
    tasks: tuple[TaskLife, ...] = ()


class Recording(Model):
    """A whole demonstration as it was seen, in order of time. ``surge_at`` is when the rate began to rise."""

    start: Start
    surge_at: float
    seconds: tuple[Second, ...]
    settled: tuple[Settled, ...]
    samples: tuple[Sample, ...]
    evidence: Evidence
    summary: Summary | None = None
