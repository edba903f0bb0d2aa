"""How long ECS takes to launch many tasks: the last of them begins to start that much later than the first."""

from __future__ import annotations

from fastscale.aws_facts import ACCOUNT_LAUNCH_BURST, ACCOUNT_LAUNCHES_PER_SECOND, SERVICE_LAUNCHES_PER_MINUTE


def launch_seconds(count: int) -> float:
    """Seconds until the last of ``count`` tasks that are ordered at once is launched.

    Worked example: of 400 tasks the first 100 are launched at once and 20 a second after them, so the last after 15 s.
    Of 700, 500 are launched in the first minute, and the other 200 after it.
    """
    by_account = max(0, count - ACCOUNT_LAUNCH_BURST) / ACCOUNT_LAUNCHES_PER_SECOND
    by_service = 60.0 * ((max(1, count) - 1) // SERVICE_LAUNCHES_PER_MINUTE)
    return max(by_account, by_service)
