"""What a controller is told: which services to watch and how, from a plan or from the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError, field_validator

from fastscale import names
from fastscale.aws.service_shapes import ServiceId
from fastscale.control.watched import Watched
from fastscale.errors import InputError
from fastscale.plan import Metering, Model, Plan, PulsePolicy, Task
from fastscale.plan.zone import require_zone
from fastscale.plan_file.problem import first_problem
from fastscale.pulse.publisher import Dimensions, Published

LOOPBACK = "127.0.0.1"

#: Learning looks at days as people live them.
DEFAULT_TIME_ZONE = str(Plan.model_fields["time_zone"].default)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceSettings:
    """One service: how it is watched, where its metrics go, and its target group's ARN (None: found by itself)."""

    watched: Watched
    published: Published
    target_group: str | None = None
    time_zone: str = DEFAULT_TIME_ZONE


@dataclass(frozen=True, kw_only=True)
class PulseSettings:
    """A whole controller. It answers at ``host`` and ``port``.

    ``table`` is the DynamoDB table of lease and history; what was learnt is kept in files of the folder ``history``
    instead, where there is one. Raises InputError for services that one controller cannot watch together.
    """

    services: tuple[ServiceSettings, ...]
    host: str = LOOPBACK
    port: int = names.PULSE_PORT
    table: str | None = None
    history: Path | None = None

    def __post_init__(self) -> None:
        problem = _apart_problem(self.services) or _together_problem(self.services)
        if problem:
            raise InputError(problem)

    @property
    def policy(self) -> PulsePolicy:
        """What concerns the controller as a whole is said by its first service, with which the others agree."""
        return self.services[0].watched.policy

    @property
    def acts(self) -> bool:
        """Whether it changes anything: a dry run may be that of some services only."""
        return not all(one.watched.policy.dry_run for one in self.services)

    @property
    def interval_seconds(self) -> float:
        """The time from tick to tick."""
        return self.policy.interval_seconds

    def dry(self) -> PulseSettings:
        """The same, but only reporting."""
        return replace(self, services=tuple(_dry(one) for one in self.services))


class _Told(Model):
    """The parts of a plan that concern Pulse; the others are left alone, whatever they hold."""

    model_config = ConfigDict(extra="ignore")

    requests_per_task: float = Field(default=Plan.model_fields["requests_per_task"].default, gt=0, strict=True)
    task: Task = Task()
    metering: Metering = Metering()
    pulse: PulsePolicy = PulsePolicy()
    time_zone: str = DEFAULT_TIME_ZONE

    _zone = field_validator("time_zone")(require_zone)


def from_plan(plan: Plan) -> PulseSettings:
    """The controller of one plan's service."""
    told = _Told.model_validate(plan, from_attributes=True)
    return PulseSettings(services=(_service(ServiceId(plan.service.cluster, plan.service.name), told),))


def from_environment(environment: Mapping[str, str]) -> PulseSettings:
    """The controller of a container. Raises InputError: one line with variable, value and fix.

    HOST is the address that it answers on, where it has one of its own: on one machine several controllers run.
    """
    listed = environment.get(names.PULSE_ENV_SERVICES)
    if listed:
        entries = _json(names.PULSE_ENV_SERVICES, listed)
        if not isinstance(entries, list) or not entries:
            raise InputError(f"{names.PULSE_ENV_SERVICES} must be a JSON list of services, not empty")
        services = [_entry(entry, f"{names.PULSE_ENV_SERVICES}[{number}]") for number, entry in enumerate(entries)]
    else:
        services = [_single(environment)]
    host = environment.get("HOST") or LOOPBACK
    return PulseSettings(services=tuple(services), host=host, table=environment.get(names.PULSE_ENV_TABLE) or None)


def _single(environment: Mapping[str, str]) -> ServiceSettings:
    for needed in (names.PULSE_ENV_CLUSTER, names.PULSE_ENV_SERVICE):
        if not environment.get(needed):
            raise InputError(f"{needed} is not set: it names what to watch ({names.PULSE_ENV_SERVICES} names several)")
    plan = environment.get(names.PULSE_ENV_PLAN)
    entry = {
        "cluster": environment[names.PULSE_ENV_CLUSTER],
        "service": environment[names.PULSE_ENV_SERVICE],
        "target_group_arn": environment.get(names.PULSE_ENV_TARGET_GROUP) or None,
        "plan": _json(names.PULSE_ENV_PLAN, plan) if plan else {},
    }
    return _entry(entry, names.PULSE_ENV_PLAN)


def _json(variable: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"{variable} is not JSON: {error}") from error


def _entry(entry: Any, where: str) -> ServiceSettings:
    if not isinstance(entry, dict) or not isinstance(entry.get("plan", {}), dict):
        raise InputError(f"{where} must be a JSON object, and so must its plan")
    for needed in ("cluster", "service"):
        if not isinstance(entry.get(needed), str) or not entry[needed]:
            raise InputError(f"{where}: {needed} is missing: give its name")
    plan = entry.get("plan", {})
    try:
        told = _Told.model_validate(plan)
    except ValidationError as error:
        raise InputError(f"{where}: {first_problem(error, plan)}") from error
    return _service(ServiceId(entry["cluster"], entry["service"]), told, entry.get("target_group_arn"))


def _service(service: ServiceId, told: _Told, target_group: str | None = None) -> ServiceSettings:
    metering = told.metering
    return ServiceSettings(
        watched=Watched(
            service=service.resource_id,
            policy=told.pulse,
            requests_per_task=told.requests_per_task,
            startup_seconds=told.task.startup_seconds,
        ),
        published=Published(
            namespace=metering.namespace,
            interval_seconds=float(metering.interval_seconds),
            dimensions=metering.dimensions,
        ),
        target_group=target_group,
        time_zone=told.time_zone,
    )


def _apart_problem(services: Sequence[ServiceSettings]) -> str | None:
    """Which two services cannot be told apart; None when all can."""
    known: set[str] = set()
    publishes: dict[tuple[str, Dimensions], str] = {}
    for one in services:
        service, published = one.watched.service, one.published
        if service in known:
            return f"{service} is listed twice: leave one out"
        known.add(service)
        other = publishes.setdefault((published.namespace, published.dimensions), service)
        if other != service:
            return (
                f"{other} and {service} would publish the same metrics in {published.namespace}, so that alarms on "
                "one would see both: give each a metering.namespace or metering.dimensions of its own"
            )
    return None


def _together_problem(services: Sequence[ServiceSettings]) -> str | None:
    """In what two services disagree that one controller is or does for all of them; None when they agree."""
    first, *others = (one.watched for one in services)
    for key in ("replicas", "interval_seconds"):
        wanted = getattr(first.policy, key)
        for other in others:
            found = getattr(other.policy, key)
            if found != wanted:
                return (
                    f"pulse.{key} is {wanted:g} for {first.service} and {found:g} for {other.service}: "
                    "one controller watches both, so give both the same"
                )
    return None


def _dry(settings: ServiceSettings) -> ServiceSettings:
    policy = settings.watched.policy.model_copy(update={"dry_run": True})
    return replace(settings, watched=replace(settings.watched, policy=policy))
