"""The sample application's burners are on, and can be switched off where everybody reaches the load balancer."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_cdk.assertions import Match, Template

from app.settings import Settings
from fastscale import names, profiles
from fastscale.cdk.app import new_app
from fastscale.cdk.burners import SWITCHES, burner_switches
from fastscale.cdk.stacks import EcsStack, NetworkStack
from fastscale.cdk.synthesis import STAMP, synthesize
from fastscale.errors import InputError

OFF = dict.fromkeys(SWITCHES, "0")


def test_by_default_the_task_definition_says_nothing_and_the_application_has_them_on() -> None:
    assert burner_switches({"PATH": "/bin"}) == {}
    assert (Settings().load_enabled, Settings().memory_enabled) == (True, True)


def test_the_environment_of_the_synthesis_switches_them_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OFF.items():
        monkeypatch.setenv(name, value)
    app, plan = new_app(tmp_path), profiles.profile("default")
    network = NetworkStack(app, names.STACK_NETWORK, plan=plan, env=None)
    template = Template.from_stack(EcsStack(app, names.STACK_ECS, plan=plan, network=network, env=None))
    variables = [{"Name": name, "Value": "0"} for name in SWITCHES]
    container = Match.object_like({"Environment": Match.array_with(variables)})
    template.has_resource_properties(
        "AWS::ECS::TaskDefinition", {"ContainerDefinitions": Match.array_with([container])}
    )
    switched = Settings.from_environment(OFF)
    assert (switched.load_enabled, switched.memory_enabled) == (False, False)


def test_templates_of_other_switches_are_not_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr("fastscale.cdk.synthesis._run", lambda plan, out_dir: made.append("made"))
    plan = profiles.profile("default")
    synthesize(plan, tmp_path)
    synthesize(plan, tmp_path)
    assert made == ["made"]
    monkeypatch.setenv("APP_LOAD_ENABLED", "0")
    synthesize(plan, tmp_path)
    assert made == ["made", "made"]
    assert (tmp_path / STAMP).exists()


def test_another_value_is_named_with_what_would_be_right() -> None:
    with pytest.raises(InputError, match="APP_LOAD_ENABLED='no': give one of 0, 1"):
        burner_switches({"APP_LOAD_ENABLED": "no"})
