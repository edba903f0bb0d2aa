"""HTTP health checks, many at a time: a target that hangs delays no other."""

from __future__ import annotations

import http.client
import queue
from concurrent.futures import ThreadPoolExecutor

from fastscale.localcloud.balancer.health import CheckResult, HealthSettings
from fastscale.localcloud.targets import Target

#: More targets than this may hang at the same time only at the price of later checks of the others.
MAX_AT_ONCE = 128


def check(target: Target, settings: HealthSettings) -> CheckResult:
    """Ask the target once, as ELB does."""
    connection = http.client.HTTPConnection(target.ip, target.port, timeout=settings.timeout_seconds)
    try:
        connection.request("GET", settings.path, headers={"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"})
        status = connection.getresponse().status
    except TimeoutError:
        return CheckResult("Target.Timeout", "Request timed out")
    except (OSError, http.client.HTTPException):
        return CheckResult("Target.FailedHealthChecks", "Health checks failed")
    finally:
        connection.close()
    if settings.accepts(status):
        return CheckResult()
    return CheckResult("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


class Checker:
    """Runs checks in the background; :meth:`finished` hands over what came back since it was last asked."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="health-check")
        self._results: queue.SimpleQueue[tuple[Target, float, CheckResult]] = queue.SimpleQueue()

    def start(self, target: Target, registered_at: float, settings: HealthSettings) -> None:
        """Check ``target`` now. ``registered_at`` tells one registration of an address from the next."""

        def run() -> None:
            self._results.put((target, registered_at, check(target, settings)))

        self._executor.submit(run)

    def finished(self) -> list[tuple[Target, float, CheckResult]]:
        """The checks that ended: target, its registration, outcome."""
        return [self._results.get_nowait() for _ in range(self._results.qsize())]

    def close(self) -> None:
        """Start no more checks; those on their way end by their time-out."""
        self._executor.shutdown(wait=False, cancel_futures=True)
