"""Pulse, when the plan has it: the service that it runs as, and the heartbeat that it leaves in CloudWatch. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from fastscale import names
from fastscale.doctor.finding import Finding, ok, problem
from fastscale.doctor.reading import Shape
from fastscale.plan import Plan

SUBJECT = "pulse"
#: A heartbeat stands in its minute, and Pulse publishes at the end of it at the latest.
SILENCE_SECONDS = 120.0
_LOG = f"read its log group {names.PULSE_LOG_GROUP}"
_DEPLOY = f"fastscale deploy {names.STACK_PULSE}"


def check_controller(service: Shape | None, plan: Plan) -> Iterator[Finding]:
    """It runs; with ``dry_run`` it only says what it would do."""
    name = plan.pulse.cluster_service
    if service is None:
        yield problem(SUBJECT, f"the service {name} does not exist", fix=_DEPLOY)
        return
    running, desired = service["runningCount"], service["desiredCount"]
    if desired == 0:
        yield problem(SUBJECT, f"{name} was set to 0 tasks: alarms scale alone", fix=_DEPLOY)
    elif running == 0:
        yield problem(SUBJECT, f"{name} runs none of {desired} tasks: alarms scale alone", fix=_LOG)
    else:
        note = ", and only says what it would do (pulse.dry_run)" if plan.pulse.dry_run else ""
        yield ok(SUBJECT, f"{name} runs {running} of {desired} tasks{note}")


def check_heartbeat(alarm: Shape | None, newest: float | None, plan: Plan, now: float) -> Iterator[Finding]:
    """Its heart beats, and somebody would hear if it stopped; ``newest`` is the epoch second of its last minute."""
    name = plan.pulse.heartbeat_alarm
    if alarm is None:
        yield problem(SUBJECT, f"{name} does not exist", fix=_DEPLOY)
        return
    if newest is None:
        yield problem(SUBJECT, "no heartbeat arrived in 15 minutes: alarms scale alone", fix=_LOG)
        return
    age = now - newest
    if age > SILENCE_SECONDS:
        yield problem(SUBJECT, f"the last heartbeat is {age:.0f} s old: alarms scale alone", fix=_LOG)
    elif not alarm["ActionsEnabled"]:
        fix = f"aws cloudwatch enable-alarm-actions --alarm-names {name}"
        yield problem(SUBJECT, f"{name}: its actions are disabled", fix=fix)
    else:
        yield ok(SUBJECT, f"the last heartbeat is {age:.0f} s old, {name} {alarm['StateValue']}")
