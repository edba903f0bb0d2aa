"""Cloud assemblies, synthesized once a run and plan: a synthesis takes seconds of a core, and tests only read them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from fastscale.cdk.synthesis import synthesize
from fastscale.plan import Plan


def assembly(plan: Plan, factory: pytest.TempPathFactory) -> Path:
    """The assembly of ``plan``, for reading: all processes of a test run share it."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "assemblies" / hashlib.sha256(plan.model_dump_json().encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return synthesize(plan, folder)


def begin_with(plan: Plan, folder: Path, factory: pytest.TempPathFactory) -> None:
    """Put the assembly of ``plan`` where the commands that are typed in ``folder`` keep theirs."""
    shutil.copytree(assembly(plan, factory), folder / "cdk.out")
