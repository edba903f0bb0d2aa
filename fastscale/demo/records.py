"""What a demonstration sees as time goes. All moments are epoch seconds; what was not seen is None, never 0."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from fastscale.load.records import Second, Settled, Start, Summary

#: How often the AWS API is asked for a :class:`Sample`, in seconds.
SAMPLE_SECONDS = 1.0


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


class ServiceEvent(Model):
    """A line that ECS wrote into the service's own record."""

    at: float
    message: str


class PulseNote(Model):
    """A decision of Pulse as it wrote it down; ``desired`` is None when it left the count as it was."""

    at: float
    move: str
    desired: int | None
    reason: str


class CountChange(Model):
    """The desired count was set by the client that calls itself ``by``; counts in tasks."""

    at: float
    previous: int
    desired: int
    by: str


class Sample(Model):
    """The service as the AWS API showed it at one moment: counts in tasks, load in requests/s per task.

    ``alarms`` maps names to states. ``load`` is the newest 10 s datapoint of the load metric, ``event`` the newest
    service event, ``pulse`` the newest decision of Pulse and ``pulse_tasks`` its running tasks; the last two are None
    where there is no Pulse.
    """

    at: float
    desired: int | None = None
    running: int | None = None
    pending: int | None = None
    healthy: int | None = None
    alarms: dict[str, str] | None = None
    activity: Activity | None = None
    load: Datapoint | None = None
    pulse: PulseNote | None = None
    pulse_tasks: int | None = None
    event: ServiceEvent | None = None


class AlarmChange(Model):
    """A state change in an alarm's history."""

    at: float
    alarm: str
    state: str


class PolicyCall(Model):
    """An alarm called a policy that scales out."""

    at: float
    alarm: str


class TaskLife(Model):
    """When a task was created and when it was RUNNING."""

    task: str
    created_at: float | None
    started_at: float | None


class Evidence(Model):
    """What the API says afterwards, with its own timestamps, which are better than a look once a second.

    ``scale_out_alarms`` are the alarms that add capacity; ``load_threshold`` is the lowest threshold among those of
    them that watch the load per task (requests/s). ``count_changes`` are empty where nobody notes them, as on AWS.
    """

    scale_out_alarms: tuple[str, ...] = ()
    load_threshold: float | None = None
    alarm_changes: tuple[AlarmChange, ...] = ()
    activities: tuple[Activity, ...] = ()
    tasks: tuple[TaskLife, ...] = ()
    policy_calls: tuple[PolicyCall, ...] = ()
    count_changes: tuple[CountChange, ...] = ()
    pulse: tuple[PulseNote, ...] = ()
    service_events: tuple[ServiceEvent, ...] = ()


class Recording(Model):
    """A whole demonstration as it was seen, in order of time. ``surge_at`` is when the rate began to rise."""

    start: Start
    surge_at: float
    seconds: tuple[Second, ...]
    settled: tuple[Settled, ...]
    samples: tuple[Sample, ...]
    evidence: Evidence
    summary: Summary | None = None
