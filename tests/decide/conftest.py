"""Every test reads its expressions anew, so that none passes by what another one has read."""

from __future__ import annotations

import pytest

from fastscale.decide import cron, expression


@pytest.fixture(autouse=True)
def read_anew() -> None:
    cron.parse.cache_clear()
    expression.parse.cache_clear()
