"""What is in a template and in no plan: told apart into what bears on scaling and what does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastscale.template.alarms import ALARM, COMPOSITE_ALARM
from fastscale.template.design import NotModelled
from fastscale.template.identities import CLUSTER, SERVICE
from fastscale.template.properties import strange_keys
from fastscale.template.publishers import METRIC_FILTER
from fastscale.template.scaling import POLICY, TARGET
from fastscale.template.services import LOAD_BALANCER, TARGET_GROUP, TASK_DEFINITION
from fastscale.template.stack import NESTED_STACK, Resource, Stack

#: Types whose resources are read; each of them is in a plan, or is listed with the reason.
READ = frozenset(
    {
        SERVICE,
        CLUSTER,
        TASK_DEFINITION,
        TARGET_GROUP,
        LOAD_BALANCER,
        TARGET,
        POLICY,
        ALARM,
        COMPOSITE_ALARM,
        METRIC_FILTER,
    }
)

#: Types that bear on scaling though no plan holds them, with the reason; a prefix ends in ``::``.
_REASONS = {
    COMPOSITE_ALARM: "composite alarms are not modelled; AWS does not let them scale anything",
    "AWS::CloudWatch::AnomalyDetector": "anomaly detection is not modelled",
    "AWS::CloudWatch::MetricStream": "metric streams are not modelled",
    "AWS::AutoScaling::": "it scales EC2 instances; only ECS services are modelled",
    "AWS::AutoScalingPlans::": "scaling plans are not modelled",
    "AWS::ECS::": "only services with the rolling deployment of ECS are modelled",
    "AWS::Serverless::": "it becomes other resources at deployment (AWS SAM)",
    "AWS::CloudFormation::Macro": "a macro changes templates at deployment",
    NESTED_STACK: "the template of this nested stack is not beside the one that holds it",
}


def of_stack(stack: Stack) -> Iterator[NotModelled]:
    """What a stack holds besides resources that are created and can be read."""
    for transform in _transforms(stack):
        yield NotModelled(f"{stack.prefix}Transform", transform, "it changes the template at deployment")
    for where in stack.unread():
        yield NotModelled(where, "no resource", "it is not written as a resource; loops (Fn::ForEach) are not expanded")
    for where, kind, condition in stack.left_out():
        if kind in READ or _reason(kind):
            yield NotModelled(where, kind, f"it is not created: condition {condition} does not hold")


def _transforms(stack: Stack) -> list[str]:
    given = stack.template.get("Transform", [])
    return [str(transform) for transform in (given if isinstance(given, list) else [given])]


def of_resources(resources: Iterable[Resource], loaded: frozenset[str]) -> Iterator[NotModelled]:
    """Resources that bear on scaling and cannot be modelled, and properties of others that cannot.

    ``loaded`` names the nested stacks whose templates were found.
    """
    for resource in resources:
        if not resource.certain and resource.kind in READ:
            reason = "whether it is created only a deployment knows; it is taken as created"
            yield NotModelled(resource.where, resource.kind, reason)
        for key in strange_keys(resource.kind, resource.properties):
            yield NotModelled(resource.where, resource.kind, f"its property {key} is not modelled")
        reason_for_type = _reason(resource.kind)
        if reason_for_type and resource.where not in loaded:
            yield NotModelled(resource.where, resource.kind, reason_for_type)


def of_no_part(resources: Iterable[Resource]) -> dict[str, tuple[str, ...]]:
    """Logical ids by type of the resources that have no part in scaling."""
    found: dict[str, list[str]] = {}
    for resource in resources:
        if resource.kind not in READ and not _reason(resource.kind):
            found.setdefault(resource.kind, []).append(resource.where)
    return {kind: tuple(ids) for kind, ids in sorted(found.items())}


def _reason(kind: str) -> str | None:
    """Why a type that bears on scaling is not modelled; None for the types that are read or have no part in it."""
    if kind in READ and kind != COMPOSITE_ALARM:
        return None
    if kind.endswith("::MODULE"):
        return "a module becomes other resources at deployment"
    return _REASONS.get(kind) or next((why for prefix, why in _REASONS.items() if kind.startswith(prefix)), None)
