"""What the account brings along: bootstrap, stacks and quotas. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from fastscale import names
from fastscale.doctor.finding import Finding, ok, problem
from fastscale.doctor.reading import Shape
from fastscale.plan import Plan

#: The default synthesizer's assets and roles need it (AWS CDK developer guide, "Bootstrap template versions").
BOOTSTRAP_VERSION = 6
#: Stack states in which everything that was asked for is there.
SETTLED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})
#: CPU units of one vCPU.
UNITS_PER_VCPU = 1024
#: As Service Quotas calls them (AWS General Reference, "Amazon ECS endpoints and quotas" and "Elastic Load Balancing
#: endpoints and quotas").
ON_DEMAND_QUOTA = "Fargate On-Demand vCPU resource count"
SPOT_QUOTA = "Fargate Spot vCPU resource count"
TARGETS_QUOTA = "Targets per Application Load Balancer"


def check_bootstrap(version: int | None) -> Iterator[Finding]:
    """The CDK can deploy here."""
    subject = "bootstrap"
    if version is None:
        yield problem(subject, "this account and Region are not bootstrapped", fix="cdk bootstrap")
    elif version < BOOTSTRAP_VERSION:
        yield problem(subject, f"version {version} is older than {BOOTSTRAP_VERSION}", fix="cdk bootstrap")
    else:
        yield ok(subject, f"version {version}")


def check_stacks(stacks: Mapping[str, Shape], plan: Plan) -> Iterator[Finding]:
    """The stacks of the plan are there and none failed."""
    for name in (*names.STACKS, names.STACK_PULSE) if plan.pulse.enabled else names.STACKS:
        if name not in stacks:
            yield problem("stack", f"{name} is not deployed", fix=f"fastscale deploy {name}")
        else:
            yield _stack(stacks[name])


def check_adopted(stacks: Mapping[str, Shape], of_service: str | None, of_scaling: Set[str]) -> Iterator[Finding]:
    """A service that adopted fast scaling: the stacks that made it and its alarms did not fail, by whatever names.

    An alarm that no stack made is the matter of the lines about alarms.
    """
    if of_service is None:
        yield ok("stack", "the service was made outside of CloudFormation")
    for name in sorted(of_scaling | ({of_service} if of_service else set())):
        yield _stack(stacks[name])


def _stack(stack: Shape) -> Finding:
    name, status = stack["StackName"], str(stack["StackStatus"])
    if status in SETTLED:
        return ok("stack", f"{name} {status}")
    text = f"{name} {status}{_because(stack.get('StackStatusReason'))}"
    if status == "ROLLBACK_COMPLETE":
        return problem("stack", text, fix="delete it, mend the cause, and deploy it again")
    if status.endswith("_IN_PROGRESS"):
        return problem("stack", text, fix="wait until the operation ends, then ask again")
    events = f"aws cloudformation describe-stack-events --stack-name {name}"
    return problem("stack", text, fix=f"its events name the resource: {events}")


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def check_fargate_quotas(quotas: Mapping[str, float], plan: Plan) -> Iterator[Finding]:
    """Fargate may run as many vCPUs as the service at its ceiling needs, on demand and on Spot."""
    scaling, vcpus = plan.scaling, plan.task.cpu / UNITS_PER_VCPU
    on_spot = (scaling.max_capacity - scaling.min_capacity) * plan.service.spot_percent / 100
    yield _quota(ON_DEMAND_QUOTA, quotas.get(ON_DEMAND_QUOTA), (scaling.max_capacity - on_spot) * vcpus, plan)
    if on_spot:
        yield _quota(SPOT_QUOTA, quotas.get(SPOT_QUOTA), on_spot * vcpus, plan)


def check_balancer_quotas(quotas: Mapping[str, float], plan: Plan) -> Iterator[Finding]:
    """The load balancer may have as many targets as the service has tasks at its ceiling."""
    yield _quota(TARGETS_QUOTA, quotas.get(TARGETS_QUOTA), plan.scaling.max_capacity, plan)


def _quota(name: str, quota: float | None, need: float, plan: Plan) -> Finding:
    if quota is None:
        return problem("quota", f"AWS does not list {name!r}", fix="look for it in the Service Quotas console")
    if quota < need:
        return problem(
            "quota",
            f"{plan.scaling.max_capacity} tasks need {need:g}, {name} is {quota:g}",
            fix=f"request {need:g} or more in Service Quotas, or lower scaling.max_capacity",
        )
    return ok("quota", f"{name} {quota:g}, the ceiling needs {need:g}")
