"""Which plan a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from fastscale.plan import Plan

#: The plan file that counts without being named: what `fastscale init` writes.
PLAN_FILE = Path("fastscale.toml")
DEFAULT_PROFILE = "default"


def load_plan(profile: str | None, path: Path | None, *, pulse: bool | None = None) -> Plan:
    """The plan of the file at ``path``; else of the profile; else of this folder's fastscale.toml; else the default.

    A file that was not named is told on standard error. ``pulse`` says whether Pulse runs; None leaves that to the
    plan. Raises PlanError in one line.
    """
    from fastscale import plan_file, profiles

    if path is not None:
        loaded = plan_file.load(path)
    elif profile is None and PLAN_FILE.exists():
        loaded = plan_file.load(PLAN_FILE)
        typer.echo(f"Plan: {PLAN_FILE} in this folder (--profile {DEFAULT_PROFILE} does without it)", err=True)
    else:
        loaded = profiles.profile(profile or DEFAULT_PROFILE)
    if pulse is None:
        return loaded
    return loaded.model_copy(update={"pulse": loaded.pulse.model_copy(update={"enabled": pulse})})
