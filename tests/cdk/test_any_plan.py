"""What holds for the templates of any plan, whatever it says. Each plan is synthesized once, and takes seconds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fastscale import names, plan_file
from fastscale.cdk.app import add_stacks, new_app
from fastscale.plan import Plan
from tests.cdk.rendered import Properties, Rendered, actions
from tests.cdk.variants import CERTIFICATE, HOUR_SECONDS, IMAGE, START, TOPIC

#: A few, because each takes some seconds; other ones in every run.
PLANS = 2
#: Actions that know no resources (Service Authorization Reference).
WITHOUT_RESOURCES = {
    "application-autoscaling:DescribeScalableTargets",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "ecs:DescribeTasks",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeTargetHealth",
    *(f"ssmmessages:{verb}{part}Channel" for verb in ("Create", "Open") for part in ("Control", "Data")),
}


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan that makes choices at random; what it does not choose is its profile's."""
    floor = draw(st.integers(1, 9))
    ceiling = draw(st.integers(floor, 200))
    within = st.integers(floor, ceiling)
    lows_and_highs = st.lists(st.tuples(st.none() | within, st.none() | within).filter(any), max_size=3)
    schedules = [
        {"name": f"Move{number}", "expression": "cron(0 8 * * ? *)"}
        | {key: value for key, value in zip(("min_capacity", "max_capacity"), sorted_pair, strict=True) if value}
        for number, sorted_pair in enumerate(map(in_order, draw(lows_and_highs)))
    ]
    event = {"name": "Sale", "start": START, "end": START + HOUR_SECONDS, "min_capacity": draw(within)}
    return plan_file.from_table(
        {
            "profile": draw(st.sampled_from(["default", "reference"])),
            "network": {
                "max_azs": draw(st.integers(2, 3)),
                "egress": draw(st.sampled_from(["nat", "endpoints"])),
                "nat_gateways": draw(st.integers(1, 2)),
            },
            "load_balancer": draw(st.sampled_from([{}, {"certificate_arn": CERTIFICATE}])),
            "task": {
                "image": IMAGE,
                "port": draw(st.integers(1024, 65535)),
                "architecture": draw(st.sampled_from(["x86_64", "arm64"])),
            },
            "service": {
                "spot_percent": draw(st.integers(0, 100)),
                "enable_exec": draw(st.booleans()),
                "task_protection": draw(st.booleans()),
            },
            "scaling": {"min_capacity": floor, "max_capacity": ceiling, "schedules": schedules},
            "events": draw(st.sampled_from([[], [event]])),
            "notifications": draw(st.sampled_from([{}, {"topic_arn": TOPIC}])),
            "pulse": {
                "enabled": draw(st.booleans()),
                "dry_run": draw(st.booleans()),
                "replicas": draw(st.integers(1, 2)),
                "scrape": draw(st.sampled_from([{}, {"port": 9100}])),
            },
        }
    )


def in_order(pair: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    low, high = pair
    return (high, low) if low and high and low > high else pair


def synthesized(plan: Plan, directory: Path) -> Rendered:
    app = new_app(directory)
    add_stacks(app, plan, region=plan.region)
    app.synth()  # fails on what cdk-nag finds and nobody accepted
    return Rendered(plan, directory)


def resources(rendered: Rendered, kind: str) -> Iterator[tuple[str, Properties]]:
    """With the stack that each is in."""
    for stack in rendered.stacks:
        for found in rendered.resources(stack, kind).values():
            yield stack, found


def every_alarm_acts_through_a_policy_of_the_auto_scaling_stack(rendered: Rendered) -> None:
    known = rendered.resources(names.STACK_AUTO_SCALING, "AWS::ApplicationAutoScaling::ScalingPolicy").values()
    for stack, alarm in resources(rendered, "AWS::CloudWatch::Alarm"):
        for action in alarm.get("AlarmActions", []):
            if action == TOPIC:
                continue
            kind, found = rendered.follow(stack, action)
            assert kind == "AWS::SNS::Topic" or found in known, (alarm["AlarmName"], action)


def no_statement_allows_more_than_it_names(rendered: Rendered) -> None:
    for _, policy in resources(rendered, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            assert not [action for action in actions(statement) if action.endswith("*")], statement
            if statement["Resource"] == "*":
                assert set(actions(statement)) <= WITHOUT_RESOURCES, statement


def only_the_load_balancer_and_pulse_reach_a_task(rendered: Rendered) -> None:
    plan = rendered.plan
    ways_in = {
        (rendered.follow(stack, rule["SourceSecurityGroupId"])[1]["GroupDescription"].split(":")[0], rule["FromPort"])
        for stack, rule in resources(rendered, "AWS::EC2::SecurityGroupIngress")
        if rendered.follow(stack, rule["GroupId"])[1]["GroupDescription"].startswith("Tasks:")
    }
    pulse = {("Pulse", plan.pulse.scrape.port or plan.task.port)} if plan.pulse.enabled else set()
    assert ways_in == {("Load balancer", plan.task.port)} | pulse
    (tasks,) = [
        group
        for _, group in resources(rendered, "AWS::EC2::SecurityGroup")
        if group["GroupDescription"].startswith("Tasks:")
    ]
    assert "SecurityGroupIngress" not in tasks


def no_floor_is_above_its_ceiling(rendered: Rendered) -> None:
    ((_, target),) = resources(rendered, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert target["MinCapacity"] <= target["MaxCapacity"]
    for scheduled in target.get("ScheduledActions", []):
        limits = scheduled["ScalableTargetAction"]
        assert limits.get("MinCapacity", 0) <= limits.get("MaxCapacity", target["MaxCapacity"]), scheduled


def each_stack_needs_only_those_before_it(rendered: Rendered) -> None:
    exported: set[str] = set()
    for stack in rendered.stacks:
        assert set(imports(rendered.json(stack))) <= exported, stack
        exported |= {
            output["Export"]["Name"]
            for output in rendered.json(stack).get("Outputs", {}).values()
            if "Export" in output
        }


def imports(value: Any) -> Iterator[str]:
    for member in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from imports(member)
    if isinstance(value, Mapping) and "Fn::ImportValue" in value:
        yield value["Fn::ImportValue"]


PROMISES: tuple[Callable[[Rendered], None], ...] = (
    every_alarm_acts_through_a_policy_of_the_auto_scaling_stack,
    no_statement_allows_more_than_it_names,
    only_the_load_balancer_and_pulse_reach_a_task,
    no_floor_is_above_its_ceiling,
    each_stack_needs_only_those_before_it,
)


@settings(max_examples=PLANS, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans())
def test_every_promise_holds_for_any_plan(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rendered = synthesized(plan, Path(folder))
        for promise in PROMISES:
            promise(rendered)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_every_promise_holds_for_the_shipped_plans(rendered: Rendered, promise: Callable[[Rendered], None]) -> None:
    promise(rendered)
