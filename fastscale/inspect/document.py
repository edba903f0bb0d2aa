"""A design and its findings, as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastscale.inspect.finding import Finding
from fastscale.template import Design, ServiceDesign

#: The parts of a plan that a template tells; the others have defaults.
PARTS = {"service", "task", "scaling", "alarms"}


def document(design: Design, found: Sequence[Finding]) -> dict[str, Any]:
    """The same that the tables show, complete; every value is plain JSON."""
    return {
        "source": design.source,
        "services": [_service(service) for service in design.services],
        "alarms": [alarm.model_dump(mode="json") for alarm in design.alarms],
        "not_modelled": [{"where": one.where, "type": one.kind, "reason": one.reason} for one in design.not_modelled],
        "no_part_in_scaling": {kind: list(ids) for kind, ids in design.others.items()},
        "warnings": [asdict(one) for one in found],
    }


def _service(service: ServiceDesign) -> dict[str, Any]:
    return {
        "where": service.where,
        "cluster": service.cluster,
        "name": service.name,
        "high_resolution_metrics": sorted(service.high_resolution),
        "plan": service.plan.model_dump(mode="json", include=PARTS) if service.plan else None,
    }
