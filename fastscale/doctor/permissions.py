"""What the roles of a task may do. Pure.

Policies are read, not simulated: what an organization or a permissions boundary takes away is not seen here.
IAM user guide, "Policy evaluation logic"; condition operators of which the stacks use StringEquals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from fastscale.doctor.finding import Finding, ok, problem
from fastscale.plan import Plan

Document = Mapping[str, Any]

NAMESPACE_KEY = "cloudwatch:namespace"
PUBLISH = "cloudwatch:PutMetricData"
LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
#: ECS developer guide, "Amazon ECS task execution IAM role".
PULL = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


@dataclass(frozen=True)
class Role:
    """A role and the documents of its policies; ``documents`` is None when the role does not exist."""

    name: str
    documents: Sequence[Document] | None


@dataclass(frozen=True)
class TaskRoles:
    """The role that a task's code has, and the one that ECS starts it with; None: the task definition names none."""

    task: Role | None
    execution: Role | None


def check_roles(roles: TaskRoles, plan: Plan) -> Iterator[Finding]:
    """The task may publish into its namespace; ECS may fetch the image for it and write its logs."""
    published = {NAMESPACE_KEY: plan.metering.namespace}
    yield _role("task role", roles.task, [PUBLISH], published)
    needed = [*LOG, *PULL] if plan.task.image_in_ecr else list(LOG)
    yield _role("execution role", roles.execution, needed, {})


def _role(kind: str, role: Role | None, actions: Iterable[str], context: Mapping[str, str]) -> Finding:
    subject, fix = "permissions", "deploy the stack that holds the service"
    if role is None:
        return problem(subject, f"the task has no {kind}", fix=fix)
    if role.documents is None:
        return problem(subject, f"the {kind} {role.name} does not exist", fix=fix)
    missing = [action for action in actions if not allows(role.documents, action, context)]
    if missing:
        return problem(subject, f"the {kind} {role.name} may not {', '.join(missing)}", fix=f"{fix}, or allow it")
    return ok(subject, f"the {kind} {role.name} may do what the task needs")


def allows(documents: Iterable[Document], action: str, context: Mapping[str, str]) -> bool:
    """Whether the documents allow ``action`` on some resource under ``context``, and none denies it everywhere."""
    statements = [statement for document in documents for statement in _listed(document["Statement"])]
    matching = [statement for statement in statements if _names(statement, action)]
    denied = any(s["Effect"] == "Deny" and not s.get("Condition") and "*" in _listed(s["Resource"]) for s in matching)
    return not denied and any(s["Effect"] == "Allow" and _holds(s.get("Condition", {}), context) for s in matching)


def _names(statement: Document, action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement.get("Action", [])))


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Whether what ``context`` speaks of meets the condition; about the rest nothing can be said."""
    equal = condition.get("StringEquals", {})
    return all(context[key] in _listed(wanted) for key, wanted in equal.items() if key in context)


def _listed(value: Any) -> list[Any]:
    """IAM lets a list of one be written without its brackets."""
    return value if isinstance(value, list) else [value]
