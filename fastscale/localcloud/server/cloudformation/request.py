"""What CreateStack, UpdateStack and CreateChangeSet ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastscale.localcloud.server.cloudformation.template import Template
from fastscale.localcloud.server.shapes import Shape


@dataclass(frozen=True)
class StackRequest:
    """A stack as a caller wants it.

    ``parameters`` are ParameterKey/ParameterValue structures; ``tags`` is None when an update leaves them as they are;
    ``on_failure`` is ROLLBACK, DELETE or DO_NOTHING.
    """

    name: str
    template: Template
    parameters: list[Shape] = field(default_factory=list)
    tags: dict[str, str] | None = None
    capabilities: list[str] = field(default_factory=list)
    termination_protection: bool = False
    on_failure: str = "ROLLBACK"
