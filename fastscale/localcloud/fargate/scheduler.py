"""Which tasks a service starts and stops now: pure, from what is wanted, what there is, and what is healthy.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html (scheduling, unhealthy tasks) and
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html (rolling updates).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from fastscale.localcloud.fargate.definitions import ServiceView
from fastscale.localcloud.fargate.lifecycle import Task


@dataclass(frozen=True)
class Decision:
    """Tasks to start (a number) and tasks to stop (their ids), because of a scale-in or of their health."""

    start: int = 0
    stop: tuple[str, ...] = ()
    replace_unhealthy: tuple[str, ...] = ()


def decide(
    view: ServiceView, tasks: Iterable[Task], *, healthy: Collection[str], unhealthy: Collection[str]
) -> Decision:
    """Bring ``tasks`` towards what ``view`` wants.

    ``healthy`` are the ids of tasks that serve (their target is healthy, or there is no load balancer), ``unhealthy``
    those that the load balancer declared so. A running task in neither has not been checked yet.
    """
    wanted = [task for task in tasks if task.wanted]
    current = [task for task in wanted if task.deployment_id == view.deployment_id]
    good = [task for task in current if task.id not in unhealthy]
    bad = [task for task in current if task.id in unhealthy]
    old = [task for task in wanted if task.deployment_id != view.deployment_id]
    ready = sum(task.id in healthy for task in good)

    stop = [task.id for task in choose_scale_in(good, len(good) - view.desired_count, healthy)]
    stop += [task.id for task in _choose_old(old, len(old) - max(0, view.desired_count - ready), healthy)]
    replaced = _replaceable(bad, view.desired_count, ready)
    missing = max(0, view.desired_count - len(good))
    surplus = len(wanted) - len(stop) - len(replaced) - view.ceiling
    if missing and surplus >= 0:
        replaced += [task.id for task in bad[:1] if not replaced]
        if not replaced:
            remaining = [task for task in old if task.id not in stop]
            stop += _make_room(view, remaining, set(healthy).difference(stop), missing + surplus)
    room = view.ceiling - (len(wanted) - len(stop) - len(replaced))
    return Decision(max(0, min(missing, room)), tuple(stop), tuple(replaced))


def choose_scale_in(tasks: Sequence[Task], count: int, healthy: Collection[str]) -> list[Task]:
    """The ``count`` tasks that a scale-in stops.

    AWS says that it keeps the Availability Zones balanced. That tasks which do not run or serve yet go first, and the
    newest of a zone before older ones, is not published [model].
    """
    remaining = list(tasks)
    chosen: list[Task] = []
    while len(chosen) < count:
        per_zone = Counter(task.availability_zone for task in remaining)
        pick = max(
            remaining,
            key=lambda task: (
                task.starting,
                task.id not in healthy,
                per_zone[task.availability_zone],
                task.created_at,
            ),
        )
        remaining.remove(pick)
        chosen.append(pick)
    return chosen


def choose_zones(zones: Sequence[str], tasks: Iterable[Task], count: int) -> list[str]:
    """Zones for ``count`` new tasks: each goes where the fewest tasks are."""
    per_zone = Counter(task.availability_zone for task in tasks if task.wanted)
    chosen: list[str] = []
    for _ in range(count):
        zone = min(zones, key=lambda name: per_zone[name])
        per_zone[zone] += 1
        chosen.append(zone)
    return chosen


def _choose_old(old: Sequence[Task], count: int, healthy: Collection[str]) -> list[Task]:
    """Tasks of an older deployment that are no longer needed, those that do not serve first."""
    return sorted(old, key=lambda task: (task.id in healthy, task.created_at))[: max(0, count)]


def _replaceable(bad: Sequence[Task], desired_count: int, ready: int) -> list[str]:
    """Unhealthy tasks are stopped when healthy ones have taken their place."""
    return [task.id for task in bad] if ready >= desired_count else []


def _make_room(view: ServiceView, old: Sequence[Task], healthy: Collection[str], count: int) -> list[str]:
    """Old tasks to stop when the ceiling forbids starting new ones first: those that serve only down to the floor."""
    idle = [task.id for task in old if task.id not in healthy]
    serving = [task.id for task in old if task.id in healthy]
    spare = max(0, len(healthy) - view.floor)
    return [*idle, *serving[:spare]][:count]
