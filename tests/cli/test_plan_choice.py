"""Which plan a command runs: the file's, the profile's, or that of this folder, with or without Pulse."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastscale.cli.plan_choice import load_plan
from fastscale.errors import PlanError

TOLD = "Plan: fastscale.toml in this folder (--profile default does without it)\n"


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize("asked", [True, False, None])
def test_whoever_asks_has_the_last_word_on_pulse(tmp_path: Path, planned: bool, asked: bool | None) -> None:
    path = tmp_path / "fastscale.toml"
    path.write_text(f'profile = "default"\n[pulse]\nenabled = {str(planned).lower()}\nheadroom = 1.5\n')
    loaded = load_plan("reference", path, pulse=asked)
    assert loaded.profile == "default"
    assert loaded.pulse.enabled is (planned if asked is None else asked)
    assert loaded.pulse.headroom == 1.5


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("profile", "path", "ceiling", "told"),
    [
        (None, None, 7, TOLD),
        ("default", None, 100, ""),
        (None, Path("other.toml"), 8, ""),
        ("reference", Path("other.toml"), 8, ""),
    ],
)
def test_the_plan_file_of_the_folder_counts_when_nothing_else_is_named_and_that_is_told(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    profile: str | None,
    path: Path | None,
    ceiling: int,
    told: str,
) -> None:
    for name, most in (("fastscale.toml", 7), ("other.toml", 8)):
        (here / name).write_text(f'profile = "default"\n[scaling]\nmax_capacity = {most}\n')
    assert load_plan(profile, path).scaling.max_capacity == ceiling
    out, err = capsys.readouterr()
    assert (out, err) == ("", told)


def test_without_any_file_it_is_the_default_profile(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not list(here.iterdir())
    assert load_plan(None, None).profile == "default"
    assert capsys.readouterr().err == ""


def test_a_plan_file_of_the_folder_that_is_wrong_is_not_passed_over(here: Path) -> None:
    (here / "fastscale.toml").write_text("tasks = 3")
    with pytest.raises(PlanError, match=r"^fastscale\.toml: tasks: there is no such key"):
        load_plan(None, None)
