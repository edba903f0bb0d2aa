"""What is known of all watched services, shared by the threads that ask AWS and the one that decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from fastscale.aws.known import Known
from fastscale.ports import ServiceView, Unseen


class Board:
    """One :class:`Known` for each service, by resource id. Safe to use from several threads."""

    def __init__(self, services: Iterable[str]) -> None:
        self._known = {service: Known() for service in services}
        self._lock = Lock()

    @property
    def services(self) -> Collection[str]:
        """The resource ids of all watched services."""
        return self._known.keys()

    @contextmanager
    def known(self, service: str) -> Iterator[Known]:
        """What is known of ``service``, while nobody else reads or writes it."""
        with self._lock:
            yield self._known[service]

    def of_each(self, what: Callable[[Known], float]) -> dict[str, float]:
        """``what`` of each service, in one go: to take the lock a thousand times takes longer than to look."""
        with self._lock:
            return {service: what(known) for service, known in self._known.items()}

    def view(self, service: str, at: float) -> ServiceView | Unseen:
        """What a decision may see at ``at`` (monotonic seconds)."""
        with self._lock:
            return self._known[service].view(at)

    def take_launches(self, service: str) -> Sequence[float]:
        """Seconds from launch to traffic of the tasks that arrived since the last call."""
        with self._lock:
            return self._known[service].take_launches()
