"""What a container's environment and a plan tell, and one clear line when they cannot be used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fastscale import profiles
from fastscale.errors import InputError
from fastscale.pulse.publisher import Published
from fastscale.pulse.settings import PulseSettings, from_environment, from_plan

ONE = {"PULSE_CLUSTER": "shop", "PULSE_SERVICE": "web"}


def test_a_container_is_told_its_service_and_the_parts_of_the_plan_it_needs() -> None:
    plan = {
        "requests_per_task": 80,
        "task": {"startup_seconds": 12, "port": 8080},
        "metering": {"namespace": "Shop/Web", "interval_seconds": 10, "dimensions": {"ServiceName": "web"}},
        "pulse": {"enabled": True, "stable_seconds": 120, "scrape": {"path": "/prometheus"}},
        "alarms": "not read",
    }
    settings = from_environment(
        {**ONE, "PULSE_TARGET_GROUP_ARN": "arn:tg", "PULSE_PLAN": json.dumps(plan), "PULSE_TABLE": "memory"}
    )
    (service,) = settings.services
    assert (service.watched.service, service.target_group, settings.table) == ("service/shop/web", "arn:tg", "memory")
    assert (service.watched.requests_per_task, service.watched.startup_seconds) == (80, 12)
    assert service.published == Published("Shop/Web", 10.0, (("ServiceName", "web"),))
    assert (settings.policy.stable_seconds, settings.policy.scrape.path) == (120, "/prometheus")


def several(**plans: dict[str, Any]) -> PulseSettings:
    """The controller of services with these plans."""
    entries = [{"cluster": "shop", "service": name, "plan": plan} for name, plan in plans.items()]
    return from_environment({"PULSE_SERVICES": json.dumps(entries)})


def test_several_services_are_a_list() -> None:
    settings = several(**{name: {"metering": {"namespace": name}, "pulse": {"interval_seconds": 2}} for name in "ab"})
    assert [one.watched.service for one in settings.services] == ["service/shop/a", "service/shop/b"]
    assert settings.interval_seconds == 2


def test_services_of_one_namespace_are_told_apart_by_dimensions() -> None:
    settings = several(**{name: {"metering": {"dimensions": {"ServiceName": name}}} for name in "ab"})
    assert [one.published.dimensions for one in settings.services] == [(("ServiceName", name),) for name in "ab"]


@pytest.mark.parametrize("metering", [{}, {"namespace": "Shop", "dimensions": {"ClusterName": "shop"}}])
def test_services_that_would_publish_the_same_metrics_are_refused(metering: dict[str, Any]) -> None:
    line = "service/shop/a and service/shop/c would publish the same metrics in .*: give each a metering.namespace or"
    with pytest.raises(InputError, match=line):
        several(a={"metering": metering}, b={"metering": {"namespace": "B"}}, c={"metering": metering})


def test_a_service_that_is_listed_twice_is_refused() -> None:
    entries = [{"cluster": "shop", "service": "a", "plan": {"metering": {"namespace": name}}} for name in "ab"]
    with pytest.raises(InputError, match="service/shop/a is listed twice"):
        from_environment({"PULSE_SERVICES": json.dumps(entries)})


@pytest.mark.parametrize(("key", "values"), [("replicas", (2, 1)), ("interval_seconds", (1, 2.5))])
def test_services_that_disagree_on_what_their_one_controller_is_are_refused(
    key: str, values: tuple[float, float]
) -> None:
    plans = {
        name: {"metering": {"namespace": name}, "pulse": {key: value}} for name, value in zip("ab", values, strict=True)
    }
    with pytest.raises(InputError, match=f"pulse.{key} is {values[0]} for service/shop/a and {values[1]} for"):
        several(**plans)


@pytest.mark.parametrize(("dry_runs", "acts"), [((True, False), True), ((True, True), False), ((False, False), True)])
def test_a_controller_acts_when_it_acts_for_one_of_its_services(dry_runs: tuple[bool, bool], acts: bool) -> None:
    plans = {
        name: {"metering": {"namespace": name}, "pulse": {"dry_run": dry}}
        for name, dry in zip("ab", dry_runs, strict=True)
    }
    settings = several(**plans)
    assert settings.acts == acts
    assert not settings.dry().acts


def test_a_plan_needs_nothing_else() -> None:
    plan = profiles.profile("default")
    (service,) = from_plan(plan).services
    assert service.watched.service == f"service/{plan.service.cluster}/{plan.service.name}"
    assert service.watched.policy == plan.pulse
    assert service.time_zone == plan.time_zone


def test_dry_changes_the_policy_and_nothing_else() -> None:
    settings = from_environment(ONE)
    (dry,) = settings.dry().services
    assert dry.watched.policy.dry_run
    assert not settings.policy.dry_run


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({}, "PULSE_CLUSTER is not set"),
        ({"PULSE_CLUSTER": "shop"}, "PULSE_SERVICE is not set"),
        ({**ONE, "PULSE_PLAN": "{"}, "PULSE_PLAN is not JSON"),
        ({**ONE, "PULSE_PLAN": "[]"}, "PULSE_PLAN must be a JSON object"),
        (
            {**ONE, "PULSE_PLAN": '{"requests_per_task": 0}'},
            r"PULSE_PLAN: requests_per_task = 0: should be greater than 0",
        ),
        ({**ONE, "PULSE_PLAN": '{"requests_per_task": 1e999}'}, "requests_per_task = inf: should be a finite number"),
        ({**ONE, "PULSE_PLAN": '{"requests_per_task": true}'}, "requests_per_task = True: should be a valid number"),
        ({**ONE, "PULSE_PLAN": '{"requests_per_task": "80"}'}, "requests_per_task = '80': should be a valid number"),
        ({**ONE, "PULSE_PLAN": '{"time_zone": "Mars/X"}'}, "PULSE_PLAN: time_zone = 'Mars/X': is not an IANA time"),
        ({**ONE, "PULSE_PLAN": '{"task": 3}'}, "PULSE_PLAN: task = 3: should be a table"),
        ({**ONE, "PULSE_PLAN": '{"pulse": {"headroom": 0.5}}'}, r"PULSE_PLAN: pulse.headroom = 0.5: should be greater"),
        ({**ONE, "PULSE_PLAN": '{"pulse": {"speed": 9}}'}, r"PULSE_PLAN: pulse.speed: there is no such key"),
        ({**ONE, "PULSE_PLAN": '{"pulse": {"cpu": 3}}'}, r"PULSE_PLAN: pulse: "),
        ({**ONE, "PULSE_PLAN": '{"pulse": {"scrape": {"path": "x"}}}'}, r"PULSE_PLAN: pulse.scrape.path = 'x'"),
        ({**ONE, "PULSE_PLAN": '{"metering": {"dimensions": {":": "x"}}}'}, r"metering.dimensions: name ':': give"),
        ({"PULSE_SERVICES": "[]"}, "PULSE_SERVICES must be a JSON list"),
        ({"PULSE_SERVICES": '[{"cluster": "shop"}]'}, r"PULSE_SERVICES\[0\]: service is missing"),
        ({"PULSE_SERVICES": "[3]"}, r"PULSE_SERVICES\[0\] must be a JSON object"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_line(environment: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError, match=line) as raised:
        from_environment(environment)
    assert "\n" not in str(raised.value)
    assert "Value error" not in str(raised.value)


def test_a_controller_answers_on_loopback_unless_it_has_an_address_of_its_own() -> None:
    assert from_environment(ONE).host == "127.0.0.1"
    assert from_environment({**ONE, "HOST": "127.0.1.7"}).host == "127.0.1.7"
