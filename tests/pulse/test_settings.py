"""What a container's environment and a plan tell, and one clear line when they cannot be used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fastscale import profiles
from fastscale.errors import InputError
from fastscale.pulse.settings import from_environment, from_plan

ONE = {"PULSE_CLUSTER": "shop", "PULSE_SERVICE": "web"}


def test_a_container_is_told_its_service_and_the_parts_of_the_plan_it_needs() -> None:
    plan = {
        "requests_per_task": 80,
        "task": {"startup_seconds": 12, "port": 8080},
        "metering": {"namespace": "Shop/Web", "interval_seconds": 10},
        "pulse": {"enabled": True, "stable_seconds": 120, "scrape": {"path": "/prometheus"}},
        "alarms": "not read",
    }
    settings = from_environment(
        {**ONE, "PULSE_TARGET_GROUP_ARN": "arn:tg", "PULSE_PLAN": json.dumps(plan), "PULSE_TABLE": "memory"}
    )
    (service,) = settings.services
    assert (service.watched.service, service.target_group, settings.table) == ("service/shop/web", "arn:tg", "memory")
    assert (service.watched.requests_per_task, service.watched.startup_seconds) == (80, 12)
    assert (service.published.namespace, service.published.interval_seconds) == ("Shop/Web", 10)
    assert (settings.policy.stable_seconds, settings.policy.scrape.path) == (120, "/prometheus")


def test_several_services_are_a_list() -> None:
    entries = [{"cluster": "shop", "service": name, "plan": {"pulse": {"interval_seconds": 2}}} for name in "ab"]
    settings = from_environment({"PULSE_SERVICES": json.dumps(entries)})
    assert [one.watched.service for one in settings.services] == ["service/shop/a", "service/shop/b"]
    assert settings.interval_seconds == 2


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
        ({**ONE, "PULSE_PLAN": '{"requests_per_task": 0}'}, r"requests_per_task = 0: must be a number"),
        ({**ONE, "PULSE_PLAN": '{"pulse": {"headroom": 0.5}}'}, r"PULSE_PLAN: headroom = 0.5"),
        ({**ONE, "PULSE_PLAN": '{"pulse": {"speed": 9}}'}, r"PULSE_PLAN: speed = 9"),
        ({"PULSE_SERVICES": "[]"}, "PULSE_SERVICES must be a JSON list"),
        ({"PULSE_SERVICES": '[{"cluster": "shop"}]'}, r"PULSE_SERVICES\[0\]: service is missing"),
        ({"PULSE_SERVICES": "[3]"}, r"PULSE_SERVICES\[0\] must be a JSON object"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_line(environment: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError, match=line) as raised:
        from_environment(environment)
    assert "\n" not in str(raised.value)


def test_a_controller_answers_on_loopback_unless_it_has_an_address_of_its_own() -> None:
    assert from_environment(ONE).host == "127.0.0.1"
    assert from_environment({**ONE, "HOST": "127.0.1.7"}).host == "127.0.1.7"
