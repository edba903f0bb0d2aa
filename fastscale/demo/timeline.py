"""When the answer to a surge reached each milestone. Pure: a recording in, seconds from the surge out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fastscale.demo.records import SAMPLE_SECONDS, Evidence, Model, Recording, Sample
from fastscale.demo.trigger import Trigger, alarm_path_at, first_raise

#: What a sample shows may have been there for so many seconds: since the one before, and while this one was asked for.
LATEST_SECONDS = 1.5 * SAMPLE_SECONDS


class Milestones(Model):
    """Seconds from the surge; None for what did not happen.

    - ``pulse_decision``: Pulse decided to have more tasks
    - ``trigger``: the desired count was raised, by whomever
    - ``breaching_metric``: the load metric first showed a datapoint above its alarm's threshold
    - ``alarm``: an alarm that scales out went into ALARM
    - ``alarm_trigger``: the alarm path raised the desired count, or would have if it had not been raised already
    - ``running``: the first task that was added was RUNNING
    - ``healthy``: the first target that was added was healthy
    - ``capacity``: healthy targets could carry the whole offered rate
    """

    pulse_decision: float | None = None
    trigger: float | None = None
    breaching_metric: float | None = None
    alarm: float | None = None
    alarm_trigger: float | None = None
    running: float | None = None
    healthy: float | None = None
    capacity: float | None = None


def milestones(recording: Recording, *, demand: float, task_capacity: float) -> Milestones:
    """The milestones of a surge to ``demand`` requests/s met by tasks that serve ``task_capacity`` requests/s each.

    Timestamps of those who acted are taken where there are any (UpdateService, alarm history, task starts). Target
    health and the visibility of a datapoint have none: there it is the first sample that showed it.
    """
    surge_at, evidence = recording.surge_at, recording.evidence
    before, after = _split(recording)
    raised = first_raise(evidence, before, after)
    trigger = raised.at if raised else None
    alarm = _alarm(evidence, surge_at, after)
    moments = {
        "pulse_decision": _pulse_decision(evidence, before),
        "trigger": trigger,
        "breaching_metric": _breach(evidence, after, alarm),
        "alarm": alarm,
        "alarm_trigger": alarm_path_at(evidence, before),
        "running": _running(evidence, trigger, before, after),
        "healthy": _first_above(after, "healthy", before.healthy),
        "capacity": _first(after, lambda sample: (sample.healthy or 0) * task_capacity >= demand),
    }
    return Milestones(**{name: None if at is None else round(at - surge_at, 2) for name, at in moments.items()})


def trigger(recording: Recording) -> Trigger | None:
    """Who raised the desired count first after the surge; None when nobody did."""
    before, after = _split(recording)
    return first_raise(recording.evidence, before, after)


def _split(recording: Recording) -> tuple[Sample, Sequence[Sample]]:
    """The counts as they stood when the surge began, and the samples since."""
    surge_at = recording.surge_at
    earlier = [sample for sample in recording.samples if sample.at < surge_at]
    before = Sample(
        at=surge_at,
        desired=_last(sample.desired for sample in earlier),
        running=_last(sample.running for sample in earlier),
        healthy=_last(sample.healthy for sample in earlier),
    )
    return before, recording.samples[len(earlier) :]


def _breach(evidence: Evidence, after: Sequence[Sample], alarm: float | None) -> float | None:
    """The first sample that shows it, unless an ``alarm`` that tripped between two samples shows it sooner."""
    threshold = evidence.load_threshold
    if threshold is None:
        return None
    shown = _first(after, lambda sample: sample.load is not None and sample.load.value > threshold)
    between = shown is not None and alarm is not None and shown - LATEST_SECONDS < alarm < shown
    return alarm if between else shown


def _alarm(evidence: Evidence, surge_at: float, after: Sequence[Sample]) -> float | None:
    names = set(evidence.scale_out_alarms)
    in_history = [
        change.at
        for change in evidence.alarm_changes
        if change.alarm in names and change.state == "ALARM" and change.at >= surge_at
    ]
    if in_history:
        return min(in_history)
    return _first(after, lambda sample: any((sample.alarms or {}).get(name) == "ALARM" for name in names))


def _pulse_decision(evidence: Evidence, before: Sample) -> float | None:
    base = before.desired
    wanted = [note.at for note in evidence.pulse if note.at >= before.at and (note.desired or 0) > (base or 0)]
    return min(wanted, default=None)


def _running(evidence: Evidence, trigger: float | None, before: Sample, after: Sequence[Sample]) -> float | None:
    """The first start of a task that was created for the surge: one that replaced a lost task is not an answer."""
    starts = [
        task.started_at
        for task in evidence.tasks
        if trigger is not None and task.started_at is not None and (task.created_at or 0) >= trigger
    ]
    return min(starts, default=None) or _first_above(after, "running", before.running)


def _first_above(samples: Sequence[Sample], count: str, base: int | None) -> float | None:
    if base is None:
        return None
    return _first(samples, lambda sample: (getattr(sample, count) or 0) > base)


def _first(samples: Sequence[Sample], shows: Callable[[Sample], bool]) -> float | None:
    return next((sample.at for sample in samples if shows(sample)), None)


def _last(counts: Iterable[int | None]) -> int | None:
    return next((count for count in reversed(list(counts)) if count is not None), None)
