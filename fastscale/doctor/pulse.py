"""Pulse, when the plan has it: the service that it runs as, and the heartbeat that it leaves in CloudWatch. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from fastscale import names
from fastscale.doctor.finding import Finding, deploy, ok, problem
from fastscale.doctor.reading import Shape
from fastscale.plan import Plan

SUBJECT = "pulse"
#: A heartbeat stands in its minute, and Pulse publishes at the end of it at the latest.
SILENCE_SECONDS = 120.0
#: How it notes a call that was refused (fastscale.aws.services).
REFUSED = "was not set"
#: More silent tasks than this share, and Pulse takes none away; with most of them silent it does nothing.
MOST_SILENT_SHARE = 0.1
_DEPLOY = deploy("Pulse", names.STACK_PULSE)


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
        yield problem(SUBJECT, f"{name} runs none of {desired} tasks: alarms scale alone", fix=_log(plan))
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
        yield problem(SUBJECT, "no heartbeat arrived in 15 minutes: alarms scale alone", fix=_log(plan))
        return
    age = now - newest
    if age > SILENCE_SECONDS:
        yield problem(SUBJECT, f"the last heartbeat is {age:.0f} s old: alarms scale alone", fix=_log(plan))
    elif not alarm["ActionsEnabled"]:
        fix = f"aws cloudwatch enable-alarm-actions --alarm-names {name}"
        yield problem(SUBJECT, f"{name}: its actions are disabled", fix=fix)
    else:
        yield ok(SUBJECT, f"the last heartbeat is {age:.0f} s old, {name} {alarm['StateValue']}")


def check_reads(failed: float | None, share: float | None, targets: int, plan: Plan) -> Iterator[Finding]:
    """It reads the tasks: ``failed`` reads a second, and the ``share`` of the ``targets`` that was read."""
    if not targets:
        return
    if failed is None or share is None:
        yield problem(SUBJECT, "it reads no task: it does not know which there are", fix=_log(plan))
        return
    asked = min(targets, plan.pulse.scrape.most_tasks)
    silent = max(failed / asked, 1 - share * targets / asked)
    told = f"reads {share:.0%} of {targets} tasks, {failed:.2g} reads a second fail"
    if silent <= MOST_SILENT_SHARE:
        yield ok(SUBJECT, told)
        return
    port = plan.pulse.scrape.port or plan.task.port
    fix = f"let Pulse's security group reach port {port} of the tasks; {plan.pulse.scrape.path} must answer there"
    yield problem(SUBJECT, f"{told}: it takes no task away, and does nothing when most are silent", fix=fix)


def check_changes(newest: Shape | None, plan: Plan) -> Iterator[Finding]:
    """Its newest change of the count, made or not, was not refused."""
    note = str((newest or {}).get("note", ""))
    if REFUSED in note:
        yield problem(SUBJECT, note, fix="allow ecs:UpdateService to its role, also where an organization's policy is")
    elif newest is not None and newest.get("set") is not None:
        yield ok(SUBJECT, f"set the desired count to {newest['set']}")


def _log(plan: Plan) -> str:
    return f"read its log group {plan.pulse.log_group}"
