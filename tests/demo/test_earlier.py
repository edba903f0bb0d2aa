"""A run is put beside the last one of the other profile, by itself and only where that is fair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fastscale.demo import report
from fastscale.demo.earlier import beside_earlier, folder_of
from fastscale.demo.report import Machine
from fastscale.demo.settings import DemoSettings
from fastscale.profiles import profile
from tests.demo.recordings import Answer, record

MACHINE = Machine(cores=2, memory_gib=24.0, system="Linux x86_64", python="3.11.7")
REFERENCE = DemoSettings(out_dir=Path("out/reference"), surge_seconds=240)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def leave(folder: Path, name: str, settings: DemoSettings = DemoSettings()) -> Path:  # noqa: B008 - frozen
    return report.write_json(report.build(record(Answer()), settings, profile(name), MACHINE), folder)


def test_each_profile_has_a_folder_of_its_own_and_other_plans_have_that_of_the_default() -> None:
    folders = {name: str(folder_of(name)) for name in ("default", "reference", "custom")}
    assert folders == {"default": "out/demo", "reference": "out/reference", "custom": "out/demo"}


def test_a_run_of_the_reference_stands_beside_the_last_of_the_default_that_met_the_same_surge() -> None:
    assert beside_earlier(REFERENCE, "reference").compare is None
    path = leave(Path("out/demo"), "default")
    assert beside_earlier(REFERENCE, "reference").compare == path
    assert beside_earlier(replace(REFERENCE, surge_rate=300), "reference").compare is None
    assert beside_earlier(replace(REFERENCE, startup_seconds=60), "reference").compare is None


def test_a_run_does_not_stand_beside_its_own_profile_or_a_plan_of_the_users() -> None:
    leave(Path("out/demo"), "default")
    assert beside_earlier(DemoSettings(), "default").compare is None
    assert beside_earlier(DemoSettings(), "custom").compare is None


def test_what_the_user_names_stays_and_a_file_that_is_no_report_is_passed_over() -> None:
    named = leave(Path("mine"), "default")
    leave(Path("out/demo"), "default")
    assert beside_earlier(replace(REFERENCE, compare=named), "reference").compare == named
    Path("out/demo/report.json").write_text("{}")
    assert beside_earlier(REFERENCE, "reference").compare is None
