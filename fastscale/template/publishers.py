"""Who publishes metrics, as far as templates tell.

Sources: CloudWatch Logs user guide, "Creating metrics from log events using filters"; Service Authorization Reference,
"Condition keys for Amazon CloudWatch" (cloudwatch:namespace limits PutMetricData).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from fastscale.template.stack import Resource
from fastscale.template.values import as_text, items, mappings

METRIC_FILTER = "AWS::Logs::MetricFilter"
PUT_METRIC_DATA = "cloudwatch:putmetricdata"
NAMESPACE_CONDITION = "cloudwatch:namespace"
ANY_NAMESPACE = "*"

#: Managed policies of AWS that allow PutMetricData everywhere.
_MANAGED = ("CloudWatchAgentServerPolicy", "CloudWatchAgentAdminPolicy", "CloudWatchFullAccess", "AdministratorAccess")


def filtered(resources: Iterable[Resource]) -> Iterator[tuple[str, str]]:
    """(namespace, name) of the metrics that log metric filters make."""
    for resource in resources:
        if resource.kind == METRIC_FILTER:
            for made in mappings(resource.properties.get("MetricTransformations")):
                yield as_text(made.get("MetricNamespace")), as_text(made.get("MetricName"))


def granted(resources: Iterable[Resource]) -> Iterator[str]:
    """The namespaces that roles may put metric data into; ``*`` stands for any text."""
    for resource in resources:
        if not resource.kind.startswith("AWS::IAM::"):
            continue
        properties = resource.properties
        managed = properties.get("ManagedPolicyArns")
        if isinstance(managed, list) and any(name in as_text(arn) for arn in managed for name in _MANAGED):
            yield ANY_NAMESPACE
        documents = [properties.get("PolicyDocument")]
        documents += [policy.get("PolicyDocument") for policy in mappings(properties.get("Policies"))]
        for document in documents:
            for statement in mappings(document.get("Statement") if isinstance(document, dict) else None):
                yield from _namespaces(statement)


def _namespaces(statement: Mapping[str, Any]) -> Iterator[str]:
    actions = [as_text(action).lower() for action in items(statement.get("Action"))]
    if statement.get("Effect") != "Allow" or not any(fnmatchcase(PUT_METRIC_DATA, action) for action in actions):
        return
    limits = [
        as_text(namespace)
        for test in items(statement.get("Condition"))
        for operands in (test.values() if isinstance(test, dict) else ())
        for key, values in (operands.items() if isinstance(operands, dict) else ())
        if key.lower() == NAMESPACE_CONDITION
        for namespace in items(values)
    ]
    yield from limits or [ANY_NAMESPACE]
