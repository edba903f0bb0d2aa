"""Cloud assemblies, synthesized once."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def foreign_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stages of an application that knows nothing of fastscale, made of the CDK's own high-level constructs."""
    from tests.template.foreign_app import synthesize

    return synthesize(tmp_path_factory.mktemp("foreign"))
