"""The plan of a service that adopts fast scaling. Importing this module does not import the CDK."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from pydantic import ValidationError

from fastscale import names, profiles
from fastscale.errors import PlanError
from fastscale.plan import Event, Notifications, Plan, PulsePolicy, Schedule, Task
from fastscale.plan_file.problem import first_problem


class PlanOptions(TypedDict, total=False):
    """What may be said of the plan.

    ``requests_per_task`` is the load that one task is meant to carry, in requests/s. ``profile`` is a shipped one. The
    service scales between ``min_capacity`` and ``max_capacity`` tasks, a floor and a ceiling that ``schedules`` may
    move, as ``events`` do once. ``task`` says on which port a task answers and how long it takes to start. ``pulse``
    is on unless another policy is given; what it learns of days and weeks is in ``time_zone``.
    """

    requests_per_task: float
    profile: str
    min_capacity: int
    max_capacity: int
    schedules: Sequence[Schedule]
    events: Sequence[Event]
    task: Task
    pulse: PulsePolicy
    time_zone: str


def plan_for(  # noqa: PLR0913 - each is a key of PlanOptions, and is always given by its name
    prefix: str,
    *,
    requests_per_task: float,
    profile: str = "default",
    min_capacity: int = profiles.REFERENCE.min_capacity,
    max_capacity: int = profiles.REFERENCE.max_capacity,
    schedules: Sequence[Schedule] = (),
    events: Sequence[Event] = (),
    task: Task | None = None,
    pulse: PulsePolicy | None = None,
    time_zone: str = "UTC",
) -> Plan:
    """A plan whose names all begin with ``prefix``, so that the service shares an account with others.

    More requests than the whole fleet is meant to carry are worth a message. Raises PlanError for what cannot work.
    """
    fit = profiles.Fit(
        requests_per_task=requests_per_task,
        min_capacity=min_capacity,
        max_capacity=max_capacity,
        namespace=f"{names.NAMESPACE_PREFIX}{prefix}",
        prefix=prefix,
        most_requests_per_minute=60 * requests_per_task * max_capacity,
    )
    try:
        base = profiles.profile(profile, fit)
        return Plan(
            **dict(base)
            | {
                "time_zone": time_zone,
                "events": tuple(events),
                "task": task or Task(),
                "pulse": _named(pulse or PulsePolicy(enabled=True), prefix),
                "scaling": base.scaling.model_copy(update={"schedules": tuple(schedules)}),
                "notifications": Notifications(topic=f"{prefix}-alerts"),
                "dashboard": prefix,
            }
        )
    except ValidationError as error:
        raise PlanError(f"{prefix}: {first_problem(error, data=None)}") from error


def _named(pulse: PulsePolicy, prefix: str) -> PulsePolicy:
    """Pulse's resources by the service's prefix, unless the policy has names of its own."""
    own = {"cluster_service": f"{prefix}-pulse", "heartbeat_alarm": f"{prefix}-PulseHeartbeat"}
    return pulse.model_copy(update={key: name for key, name in own.items() if key not in pulse.model_fields_set})
