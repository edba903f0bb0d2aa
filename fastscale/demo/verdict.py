"""Whether a demonstration showed what it is to show, and in plain words what happened. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from fastscale.demo.orders import Order, most, needed
from fastscale.demo.phases import OK_SHARE, WINDOW_SECONDS, Phase, Requests
from fastscale.demo.records import Model
from fastscale.demo.settings import DemoSettings
from fastscale.demo.timeline import Milestones
from fastscale.demo.trigger import Actor, Trigger


class Verdict(Model):
    """``triggered``: a scale-out was triggered. ``recovered``: the last seconds were well served. ``ok``: both."""

    triggered: bool
    recovered: bool
    ok: bool
    text: str


def verdict(reached: Milestones, *, recovered: bool, slo_ms: float) -> Verdict:
    """Judge a run."""
    triggered = reached.trigger is not None
    goal = f"{100 * OK_SHARE:.0f} % answered and 95 % within {slo_ms:g} ms over the last {WINDOW_SECONDS} s"
    if not triggered:
        text = "No scale-out was triggered."
    elif not recovered:
        text = f"A scale-out was triggered, but served traffic did not recover ({goal})."
    else:
        text = f"A scale-out was triggered and served traffic recovered ({goal})."
    return Verdict(triggered=triggered, recovered=recovered, ok=triggered and recovered, text=text)


def story(
    settings: DemoSettings,
    reached: Milestones,
    requests: Requests,
    raised: Trigger | None = None,
    placed: Sequence[Order] = (),
) -> tuple[str, ...]:
    """What happened, one paragraph each: the surge, the answer, who gave it, how many tasks that took, what it cost
    until then, and the end.
    """
    told = (
        _surge(settings),
        _answer(reached),
        _who(reached, raised),
        _ordered(settings, placed),
        _cost(requests),
        _end(requests.after),
    )
    return tuple(paragraph for paragraph in told if paragraph)


def _surge(settings: DemoSettings) -> str:
    carried = settings.min_tasks * settings.task_capacity
    return (
        f"Traffic rose from {settings.calm_rate:g} to {settings.surge_rate:g} requests/s within "
        f"{settings.rise_seconds:g} s, while {settings.min_tasks} tasks could serve {carried:g} requests/s."
    )


def _answer(reached: Milestones) -> str:
    clauses = {
        "Pulse decided after {:.1f} s": reached.pulse_decision,
        "the desired count was raised after {:.1f} s": reached.trigger,
        "the metric crossed its threshold after {:.1f} s": reached.breaching_metric,
        "an alarm tripped after {:.1f} s": reached.alarm,
        "the first new task ran after {:.1f} s": reached.running,
        "it took traffic after {:.1f} s": reached.healthy,
        "capacity met the demand after {:.1f} s": reached.capacity,
    }
    reached_clauses = [(seconds, clause) for clause, seconds in clauses.items() if seconds is not None]
    told = sorted(reached_clauses, key=lambda entry: entry[0])
    said = [clause.format(seconds) for seconds, clause in told]
    if not said:
        return "Nothing answered the surge."
    sentence = " and ".join([", ".join(said[:-1]), said[-1]]) if said[1:] else said[0]
    return sentence[0].upper() + sentence[1:] + "."


def _who(reached: Milestones, raised: Trigger | None) -> str:
    """Who raised the count, and what the alarm path did where it was not the first."""
    if raised is None or reached.trigger is None:
        return ""
    actor = raised.actor[0].upper() + raised.actor[1:]
    because = f": {raised.reason.rstrip('.')}" if raised.reason else ""
    first = f"{actor} raised the desired count from {raised.before} to {raised.after} after {reached.trigger:.1f} s"
    if raised.actor is Actor.ALARMS:
        return f"{first}{because}."
    if reached.alarm_trigger is None:
        return f"{first}{because}. The alarm path did not have to act."
    return f"{first}{because}. The alarm path alone would have acted after {reached.alarm_trigger:.1f} s."


def _ordered(settings: DemoSettings, placed: Sequence[Order]) -> str:
    """What each path ordered against what the surge needs."""
    highest = {actor: most(placed, actor) for actor in Actor}
    told = " and ".join(f"{actor} ordered {tasks} tasks" for actor, tasks in highest.items() if tasks is not None)
    if not told:
        return ""
    need = needed(settings.surge_rate, settings.task_capacity)
    were = "was" if need == 1 else "were"
    return f"{told[0].upper()}{told[1:]} at most; {need} {were} needed at {settings.task_capacity:g} requests/s each."


def _cost(requests: Requests) -> str:
    during = requests.during
    if not during.offered:
        return "Capacity was never short."
    waited = "" if during.p95_ms is None else f"; of those answered, 95 % took up to {during.p95_ms:,.0f} ms"
    until = "served traffic had caught up" if requests.after.offered else "the load ended"
    return f"Until {until}, {during.failed:,} of {during.offered:,} requests failed{waited}."


def _end(after: Phase) -> str:
    if not after.offered:
        return "Served traffic had not caught up with the offered when the load ended."
    waited = "" if after.p95_ms is None else f", 95 % of them within {after.p95_ms:,.0f} ms"
    return f"From then on {after.ok:,} of {after.offered:,} requests were answered{waited}."
