"""Who set a desired count, and when to the millisecond: what the local cloud's API server notes of UpdateService."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastscale.demo.records import CountChange
from fastscale.demo.settings import ServiceNames
from fastscale.localcloud.backstage import Backstage

#: The changes of a service's desired count so far, oldest first. On AWS, where CloudTrail tells them minutes later and
#: to the second, there is none.
Ledger = Callable[[], Sequence[CountChange]]


def local_ledger(endpoint_url: str, service: ServiceNames) -> Ledger:
    """The ledger of the local cloud; asking it raises ApiUnavailableError while the API server is away."""
    backstage = Backstage(endpoint_url)

    def changes() -> Sequence[CountChange]:
        answer = backstage.get("/ecs/counts", cluster=service.cluster, service=service.service)
        return [CountChange.model_validate(entry) for entry in answer]

    return changes
