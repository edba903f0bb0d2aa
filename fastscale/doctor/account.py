"""What the account brings along: bootstrap, stacks and quotas. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fastscale import names
from fastscale.doctor.finding import Finding, ok, problem
from fastscale.doctor.reading import VCPU_QUOTA, Shape
from fastscale.plan import Plan

#: The default synthesizer's assets and roles need it (AWS CDK developer guide, "Bootstrap template versions").
BOOTSTRAP_VERSION = 6
#: Stack states in which everything that was asked for is there.
SETTLED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})
#: CPU units of one vCPU.
UNITS_PER_VCPU = 1024


def check_bootstrap(version: int | None) -> Iterator[Finding]:
    """The CDK can deploy here."""
    subject = "bootstrap"
    if version is None:
        yield problem(subject, "this account and Region are not bootstrapped", fix="cdk bootstrap")
    elif version < BOOTSTRAP_VERSION:
        yield problem(subject, f"version {version} is older than {BOOTSTRAP_VERSION}", fix="cdk bootstrap")
    else:
        yield ok(subject, f"version {version}")


def check_stacks(stacks: Mapping[str, Shape]) -> Iterator[Finding]:
    """The four stacks are there and none failed."""
    for name in names.STACKS:
        if name not in stacks:
            yield problem("stack", f"{name} is not deployed", fix=f"cdk deploy {name}")
        else:
            yield _stack(stacks[name])


def _stack(stack: Shape) -> Finding:
    name, status = stack["StackName"], str(stack["StackStatus"])
    if status in SETTLED:
        return ok("stack", f"{name} {status}")
    text = f"{name} {status}{_because(stack.get('StackStatusReason'))}"
    if status == "ROLLBACK_COMPLETE":
        return problem("stack", text, fix=f"delete it, mend the cause, then cdk deploy {name}")
    if status.endswith("_IN_PROGRESS"):
        return problem("stack", text, fix="wait until the operation ends, then ask again")
    events = f"aws cloudformation describe-stack-events --stack-name {name}"
    return problem("stack", text, fix=f"its events name the resource: {events}")


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def check_quota(quota: float | None, plan: Plan) -> Iterator[Finding]:
    """Fargate may run as many vCPUs as the service at its ceiling needs."""
    need = plan.scaling.max_capacity * plan.task.cpu / UNITS_PER_VCPU
    if quota is None:
        yield problem(
            "quota", f"Service Quotas does not list {VCPU_QUOTA!r}", fix="look for it in the Service Quotas console"
        )
    elif quota < need:
        yield problem(
            "quota",
            f"{plan.scaling.max_capacity} tasks need {need:g} vCPUs, {VCPU_QUOTA} is {quota:g}",
            fix=f"request {need:g} or more in Service Quotas, or lower scaling.max_capacity",
        )
    else:
        yield ok("quota", f"{VCPU_QUOTA} {quota:g}, the ceiling needs {need:g}")
