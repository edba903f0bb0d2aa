"""Fast scaling as AWS CDK constructs, and the stacks composed of them.

:class:`FastScaling` adds it to any ECS service of a CDK application, :class:`Pulse` the controller alone::

    from fastscale.cdk import FastScaling

    FastScaling(self, "FastScaling", service=service, target_group=target_group, requests_per_task=100)

Every construct takes its numbers from a :class:`fastscale.plan.Plan` or a part of it. ``python -m fastscale.cdk``
synthesizes the stacks; :func:`fastscale.cdk.synthesis.synthesize` does so from another program. Importing this package
does not import the CDK, which takes seconds: its constructs are imported when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastscale.cdk.node import use_node

if TYPE_CHECKING:
    from fastscale.cdk.fast_scaling import FastScaling as FastScaling
    from fastscale.cdk.pulse import Pulse as Pulse

# aws_cdk starts Node when it is first imported, so Node has to be chosen before any module of this package is.
use_node()

_CONSTRUCTS = {"FastScaling": "fastscale.cdk.fast_scaling", "Pulse": "fastscale.cdk.pulse"}

__all__ = ["FastScaling", "Pulse"]


def __getattr__(name: str) -> Any:
    """A construct, from the module that holds it (PEP 562)."""
    if name not in _CONSTRUCTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_CONSTRUCTS[name]), name)
