"""Reads and judges in the order in which one thing explains the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from botocore.exceptions import ClientError

from fastscale import names
from fastscale.aws.calls import NO_ANSWER
from fastscale.aws.session import MakeClient
from fastscale.doctor import account, alarms, pulse, scaling, service
from fastscale.doctor.finding import Finding, ok, problem
from fastscale.doctor.image import check_image
from fastscale.doctor.permissions import TaskRoles, check_controller_roles, check_roles
from fastscale.doctor.reading import Reader, Shape
from fastscale.doctor.refusals import unanswered
from fastscale.plan import Plan

T = TypeVar("T")


def examine(plan: Plan, client: MakeClient, now: float, *, local: bool) -> Iterator[Finding]:
    """Findings about the service of ``plan`` at an epoch second; ``client`` makes a boto3 client of a service.

    Without credentials nothing else can be said. Bootstrap, images and quotas are asked only of AWS: the local cloud
    needs none of them.
    """
    reader = Reader(plan, client)
    credentials = list(_judge("credentials", reader.identity, lambda arn: [ok("credentials", arn)]))
    yield from credentials
    if credentials[0].fix:
        return
    if not local:
        yield from _judge("bootstrap", reader.bootstrap_version, account.check_bootstrap)
    yield from _judge("stack", reader.stacks, lambda found: _stacks(reader, found, plan))
    yield from _judge("service", reader.service, lambda found: service.check_service(found, now))
    yield from _judge("permissions", reader.roles, lambda roles: _roles(roles, plan))
    if not local:
        yield from _judge("image", reader.image, lambda found: check_image(*found) if found else ())
    yield from _judge("tasks", reader.stopped_tasks, service.check_stopped)
    yield from _judge("targets", reader.targets, service.check_targets)
    yield from _judge("metrics", reader.alarms, lambda found: _metrics(reader, found, plan, now))
    yield from _judge("alarm", reader.alarms, lambda found: alarms.check_alarms(found, plan, now))
    yield from _judge("alarm", reader.policy_arns, lambda arns: alarms.check_actions(reader.alarms(), arns, plan))
    yield from _judge("scaling", reader.scalable_target, scaling.check_scalable_target)
    yield from _judge("activities", reader.activities, lambda found: scaling.check_activities(found, plan, now))
    if plan.pulse.enabled:
        yield from _pulse(reader, plan, now)
    if not local:
        yield from _judge("quota", reader.fargate_quotas, lambda found: account.check_fargate_quotas(found, plan))
        yield from _judge("quota", reader.balancer_quotas, lambda found: account.check_balancer_quotas(found, plan))


def _stacks(reader: Reader, found: dict[str, Shape], plan: Plan) -> Iterable[Finding]:
    """The stacks of the plan, or those that made a service which adopted fast scaling, and its alarms."""
    service = reader.service()
    if service is None:
        return account.check_stacks(found, plan)
    of_service = reader.stack_of(service["serviceArn"])
    if of_service in names.STACKS:
        return account.check_stacks(found, plan)
    # One alarm speaks for all: a construct makes them together.
    made = [alarm.name for alarm in plan.alarms[:1]] + [plan.pulse.heartbeat_alarm] * plan.pulse.enabled
    of_scaling = {stack for stack in map(reader.stack_of, made) if stack is not None}
    return account.check_adopted(found, of_service, of_scaling)


def _roles(roles: TaskRoles | None, plan: Plan) -> Iterable[Finding]:
    """Nothing when there is no service: that was said already."""
    return check_roles(roles, plan) if roles is not None else ()


def _pulse(reader: Reader, plan: Plan, now: float) -> Iterator[Finding]:
    """What it may do, whether it runs and beats, and then whether it reads and changes."""
    yield from _judge("permissions", reader.controller_roles, lambda roles: _controller_roles(reader, roles, plan))
    condition = [
        *_judge("pulse", reader.controller, lambda found: pulse.check_controller(found, plan)),
        *_judge("pulse", reader.alarms, lambda found: _heartbeat(reader, found, plan, now)),
    ]
    yield from condition
    if any(finding.fix for finding in condition):
        return
    yield from _judge("pulse", reader.targets, lambda found: _reads(reader, found, plan, now))
    yield from _judge("pulse", lambda: reader.newest_change(now), lambda found: pulse.check_changes(found, plan))


def _controller_roles(reader: Reader, roles: TaskRoles | None, plan: Plan) -> Iterable[Finding]:
    service = reader.service()
    return check_controller_roles(roles, plan, service["serviceArn"]) if roles and service else ()


def _heartbeat(reader: Reader, found: dict[str, Shape], plan: Plan, now: float) -> Iterator[Finding]:
    alarm = found.get(plan.pulse.heartbeat_alarm)
    newest = reader.newest_datapoint(alarm, now, period_seconds=alarm["Period"]) if alarm is not None else None
    yield from pulse.check_heartbeat(alarm, newest, plan, now)


def _reads(reader: Reader, targets: Sequence[Shape], plan: Plan, now: float) -> Iterator[Finding]:
    healthy = sum(target["TargetHealth"]["State"] == "healthy" for target in targets)
    failed = reader.pulse_average(names.PULSE_SCRAPE_FAILURES, now)
    share = reader.pulse_average(names.PULSE_SAMPLED_SHARE, now)
    yield from pulse.check_reads(failed, share, healthy, plan)


def _metrics(reader: Reader, found: dict[str, Shape], plan: Plan, now: float) -> Iterator[Finding]:
    watching = alarms.application_alarms(found, plan)
    for alarm in watching:
        yield from alarms.check_metric(alarm, reader.newest_datapoint(alarm, now), plan, now)
    if not watching:
        yield problem(
            "metrics",
            f"no alarm watches the namespace {plan.metering.namespace}",
            fix=alarms.DEPLOY_ALARMS,
        )


def _judge(subject: str, ask: Callable[[], T], check: Callable[[T], Iterable[Finding]]) -> Iterator[Finding]:
    """What ``check`` finds in the answer to ``ask``, or that there is no answer and why."""
    try:
        yield from check(ask())
    except (ClientError, *NO_ANSWER) as error:
        yield unanswered(subject, error)
