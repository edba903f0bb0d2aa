"""The switches of the sample application's /load and /memory, which anybody who reaches the load balancer may call.

Both are there to try scaling with, bounded, and on unless the environment of the synthesis says ``0``, which its task
definition then says, too. They are no part of a plan: a service of one's own has no such routes.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastscale.errors import InputError

#: Variables that app/settings.py reads.
SWITCHES = ("APP_LOAD_ENABLED", "APP_MEMORY_ENABLED")


def burner_switches(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of the switches that are given. Raises InputError for a value that the application would refuse."""
    given = {name: environment[name] for name in SWITCHES if name in environment}
    for name, value in given.items():
        if value not in ("0", "1"):
            raise InputError(f"{name}={value!r}: give one of 0, 1")
    return given
