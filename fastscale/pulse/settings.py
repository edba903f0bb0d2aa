"""What a controller is told: which services to watch and how, from a plan or from the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from fastscale import names
from fastscale.aws.service_shapes import ServiceId
from fastscale.control.watched import Watched
from fastscale.errors import InputError, PlanError
from fastscale.plan import Metering, Model, Plan, PulsePolicy, Task
from fastscale.pulse.publisher import Published

M = TypeVar("M", bound=Model)

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

    ``table`` is the DynamoDB table of lease and history; without one, and with ``history``, what was learnt is kept in
    files of that folder. ``interval_seconds`` is the time from tick to tick.
    """

    services: tuple[ServiceSettings, ...]
    host: str = LOOPBACK
    port: int = names.PULSE_PORT
    table: str | None = None
    history: Path | None = None

    @property
    def policy(self) -> PulsePolicy:
        """What concerns the controller as a whole is said by its first service."""
        return self.services[0].watched.policy

    @property
    def interval_seconds(self) -> float:
        """The shortest interval that a service asks for."""
        return min(one.watched.policy.interval_seconds for one in self.services)

    def dry(self) -> PulseSettings:
        """The same, but only reporting."""
        return replace(self, services=tuple(_dry(one) for one in self.services))


def from_plan(plan: Plan) -> PulseSettings:
    """The controller of one plan's service."""
    parts = {
        "requests_per_task": plan.requests_per_task,
        "task": plan.task,
        "metering": plan.metering,
        "pulse": plan.pulse,
        "time_zone": plan.time_zone,
    }
    return PulseSettings(services=(_service(plan.service.cluster, plan.service.name, None, parts),))


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
    try:
        return _service(entry["cluster"], entry["service"], entry.get("target_group_arn"), entry.get("plan", {}))
    except (PlanError, ValidationError) as error:
        raise InputError(f"{where}: {_first(error)}") from error


def _service(cluster: str, service: str, target_group: str | None, plan: Mapping[str, Any]) -> ServiceSettings:
    """From the parts of a plan that concern Pulse; the others are left alone."""
    task, metering = _part(Task, plan.get("task")), _part(Metering, plan.get("metering"))
    watched = Watched(
        service=ServiceId(cluster, service).resource_id,
        policy=_part(PulsePolicy, plan.get("pulse")),
        requests_per_task=_positive(plan.get("requests_per_task", Plan.model_fields["requests_per_task"].default)),
        startup_seconds=task.startup_seconds,
    )
    return ServiceSettings(
        watched=watched,
        published=Published(namespace=metering.namespace, interval_seconds=float(metering.interval_seconds)),
        target_group=target_group,
        time_zone=str(plan.get("time_zone", DEFAULT_TIME_ZONE)),
    )


def _part(model: type[M], given: Any) -> M:
    return given if isinstance(given, model) else model.model_validate(given or {})


def _positive(given: Any) -> float:
    if not isinstance(given, int | float) or not given > 0:
        raise PlanError(f"requests_per_task = {given!r}: must be a number of requests/s above 0")
    return float(given)


def _first(error: Exception) -> str:
    """The first problem of a pydantic error, in one line that names the key."""
    if not isinstance(error, ValidationError):
        return str(error)
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place} = {problem['input']!r}: {problem['msg']}" if place else problem["msg"]


def _dry(settings: ServiceSettings) -> ServiceSettings:
    policy = settings.watched.policy.model_copy(update={"dry_run": True})
    return replace(settings, watched=replace(settings.watched, policy=policy))
