"""What the roles of a task may do. Pure.

Policies are read, not simulated: what an organization or a permissions boundary takes away is not seen here.
IAM user guide, "Policy evaluation logic"; condition operators of which the stacks use StringEquals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from fastscale import names
from fastscale.doctor.finding import Finding, ok, problem
from fastscale.plan import Plan

Document = Mapping[str, Any]

NAMESPACE_KEY = "cloudwatch:namespace"
PUBLISH = "cloudwatch:PutMetricData"
LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
#: What Pulse asks about a service, beside the service itself.
WATCH = (
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "elasticloadbalancing:DescribeTargetHealth",
    "application-autoscaling:DescribeScalableTargets",
)
#: How it keeps its lease and what it learnt.
REMEMBER = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
#: ECS developer guide, "Amazon ECS task execution IAM role".
PULL = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


@dataclass(frozen=True)
class Role:
    """A role and the documents of its policies; ``documents`` is None when the role does not exist."""

    name: str
    documents: Sequence[Document] | None


@dataclass(frozen=True)
class TaskRoles:
    """The role that a task's code has, and the one that ECS starts it with; None: the task definition names none.

    ``from_ecr`` says whether an image of it is pulled from Amazon ECR.
    """

    task: Role | None
    execution: Role | None
    from_ecr: bool


@dataclass(frozen=True)
class Need:
    """An action that a role has to be allowed: on ``resource`` (None: on any), under ``context``."""

    action: str
    resource: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The action, and the namespace when it is only allowed for another."""
        namespace = self.context.get(NAMESPACE_KEY)
        return f"{self.action} for {namespace}" if namespace else self.action


def check_roles(roles: TaskRoles, plan: Plan) -> Iterator[Finding]:
    """The task may publish into its namespace; ECS may fetch the image for it and write its logs."""
    yield _role("task role", roles.task, [_publish(plan.metering.namespace)])
    yield _role("execution role", roles.execution, _to_start(from_ecr=roles.from_ecr))


def check_controller_roles(roles: TaskRoles, plan: Plan, service_arn: str) -> Iterator[Finding]:
    """Pulse may see the service and its tasks, set the count unless it runs dry, publish, and keep what it learns."""
    pulse = plan.pulse
    needs = [Need("ecs:DescribeServices", service_arn)]
    needs += [] if pulse.dry_run else [Need("ecs:UpdateService", service_arn)]
    needs += [Need(action) for action in WATCH]
    needs += [_publish(plan.metering.namespace), _publish(names.NAMESPACE_PULSE)]
    needs += [Need(action) for action in REMEMBER] if pulse.learn or pulse.replicas > 1 else []
    yield _role("role of Pulse", roles.task, needs)
    yield _role("execution role of Pulse", roles.execution, _to_start(from_ecr=roles.from_ecr))


def _publish(namespace: str) -> Need:
    return Need(PUBLISH, context={NAMESPACE_KEY: namespace})


def _to_start(*, from_ecr: bool) -> list[Need]:
    return [Need(action) for action in ((*LOG, *PULL) if from_ecr else LOG)]


def _role(kind: str, role: Role | None, needs: Iterable[Need]) -> Finding:
    subject, fix = "permissions", "deploy the stack that holds the service"
    if role is None:
        return problem(subject, f"there is no {kind}", fix=fix)
    if role.documents is None:
        return problem(subject, f"the {kind}, {role.name}, does not exist", fix=fix)
    missing = [str(need) for need in needs if not allows(role.documents, need)]
    if missing:
        return problem(subject, f"the {kind}, {role.name}, may not {', '.join(missing)}", fix=f"{fix}, or allow it")
    return ok(subject, f"the {kind}, {role.name}, may do what is needed")


def allows(documents: Iterable[Document], need: Need) -> bool:
    """Whether the documents allow what is needed, and none denies it everywhere."""
    statements = [statement for document in documents for statement in _listed(document["Statement"])]
    matching = [statement for statement in statements if _names(statement, need.action)]
    denied = any(s["Effect"] == "Deny" and not s.get("Condition") and "*" in _listed(s["Resource"]) for s in matching)
    return not denied and any(s["Effect"] == "Allow" and _covers(s, need) for s in matching)


def _covers(statement: Document, need: Need) -> bool:
    covered = need.resource is None or any(
        fnmatchcase(need.resource, pattern) for pattern in _listed(statement.get("Resource", []))
    )
    return covered and _holds(statement.get("Condition", {}), need.context)


def _names(statement: Document, action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement.get("Action", [])))


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Whether what ``context`` speaks of meets the condition; about the rest nothing can be said."""
    equal = condition.get("StringEquals", {})
    return all(context[key] in _listed(wanted) for key, wanted in equal.items() if key in context)


def _listed(value: Any) -> list[Any]:
    """IAM lets a list of one be written without its brackets."""
    return value if isinstance(value, list) else [value]
