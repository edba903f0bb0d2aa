"""What a template says about scaling: plans, and by name whatever no plan can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from fastscale.meter import metrics
from fastscale.plan import Alarm, Metering, Metric, Plan


@dataclass(frozen=True)
class NotModelled:
    """A resource, or a part of one, that is not in any plan.

    ``where`` is its logical id, after the stack's name when there are several stacks. ``refused`` holds what AWS itself
    would not accept; ``steps`` narrows that to the intervals of a step policy.
    """

    where: str
    kind: str
    reason: str
    refused: bool = False
    steps: bool = False


@dataclass(frozen=True)
class Publishers:
    """Who is known to publish metrics, besides AWS.

    ``filters`` are the (namespace, name) that log metric filters make; ``granted`` the namespaces, ``*`` for a part,
    that a role may put metric data into; ``metered`` the (namespace, name) of fastscale's own meter.
    """

    filters: frozenset[tuple[str, str]] = frozenset()
    granted: frozenset[str] = frozenset()
    metered: frozenset[tuple[str, str]] = frozenset()

    def may_publish(self, metric: Metric) -> bool:
        """Whether one of them is known to publish, or may publish, ``metric``."""
        key = (metric.namespace, metric.name)
        if key in self.filters or key in self.metered:
            return True
        return any(fnmatchcase(metric.namespace, pattern) for pattern in self.granted)


def metered(metering: Metering) -> Iterator[tuple[str, str]]:
    """(namespace, name) of all the metrics that the meter can publish."""
    for name in (*metrics.STANDARD, *metrics.DETAIL):
        yield metering.namespace, name


@dataclass(frozen=True)
class ServiceDesign:
    """An ECS service and how it scales.

    ``plan`` is None when nothing scales it. ``high_resolution`` names the metrics of AWS/ECS that the service reports
    every 20 s instead of every 60 s.
    """

    where: str
    cluster: str
    name: str
    plan: Plan | None
    high_resolution: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Design:
    """Everything that was read.

    ``alarms`` act on none of the services. ``others`` are the logical ids, by type, of resources that have no part in
    scaling. ``deployed`` is true for templates, whose alarms carry the dimensions that they will have, and false for a
    plan, whose dimensions are filled in when it is rendered.
    """

    source: str
    services: tuple[ServiceDesign, ...]
    alarms: tuple[Alarm, ...] = ()
    publishers: Publishers = Publishers()
    not_modelled: tuple[NotModelled, ...] = ()
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deployed: bool = True
