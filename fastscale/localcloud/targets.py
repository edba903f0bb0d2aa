"""A target of a target group, as ELB keys it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Target:
    """An address and a port."""

    ip: str
    port: int
