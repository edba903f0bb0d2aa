"""Stack outputs that scripts and other stacks may rely on."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack

from fastscale import names


def export(stack: Stack, key: str, value: str, description: str) -> None:
    """Add the output ``key`` to ``stack`` and export it as ``FastScaling-<key>``."""
    CfnOutput(stack, key, value=value, description=description, export_name=f"{names.EXPORT_PREFIX}{key}")
