"""Which plan a command runs: the profile's or the file's, with or without Pulse."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastscale.cli.stack import PlanChoice


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize("asked", [True, False, None])
def test_whoever_asks_has_the_last_word_on_pulse(tmp_path: Path, planned: bool, asked: bool | None) -> None:
    path = tmp_path / "fastscale.toml"
    path.write_text(f'profile = "default"\n[pulse]\nenabled = {str(planned).lower()}\nheadroom = 1.5\n')
    loaded = PlanChoice("reference", path, asked).load()
    assert loaded.profile == "default"
    assert loaded.pulse.enabled is (planned if asked is None else asked)
    assert loaded.pulse.headroom == 1.5
