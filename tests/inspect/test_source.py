"""What a path or a name is taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastscale import profiles
from fastscale.errors import PlanError
from fastscale.inspect import open_design

TEMPLATE = "Resources: {Web: {Type: AWS::ECS::Service, Properties: {ServiceName: web, Cluster: shop}}}"


def test_a_profile_is_taken_by_its_name() -> None:
    [service] = open_design("reference", {}).services
    assert service.plan == profiles.reference()


def test_a_plan_file_is_one_that_ends_in_toml(tmp_path: Path) -> None:
    path = tmp_path / "fastscale.toml"
    path.write_text('profile = "default"\n[scaling]\nmax_capacity = 7')
    [service] = open_design(str(path), {}).services
    assert service.plan is not None
    assert service.plan.scaling.max_capacity == 7


def test_any_other_file_is_a_template_and_wins_over_a_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "default").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path)
    [service] = open_design("default", {}).services
    assert (service.cluster, service.name, service.plan) == ("shop", "web", None)


@pytest.mark.parametrize(
    ("source", "parameters", "line"),
    [
        ("defualt", {}, "defualt: there is no such file, directory or profile; did you mean default?"),
        ("web.yml", {}, "web.yml: there is no such file, directory or profile; did you mean web.yaml?"),
        ("sub/web.yaml", {}, "sub/web.yaml: there is no such file, directory or profile"),
        ("gone.toml", {}, "gone.toml: there is no such file"),
        ("default", {"A": "1"}, "--parameter A=1: only templates have parameters, and default is none"),
        ("", {}, "'' is no path: name a template, a cloud assembly, a plan file or a profile"),
        ("x\0y", {}, "'x\\x00y' is no path: name a template, a cloud assembly, a plan file or a profile"),
    ],
)
def test_what_is_none_of_these_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, parameters: dict[str, str], line: str
) -> None:
    (tmp_path / "web.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlanError) as caught:
        open_design(source, parameters)
    assert str(caught.value) == line
