"""What is written can be read back."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from fastscale import plan_file, profiles
from fastscale.plan import Alarm, Comparison, Metering, Metric, MetricQuery, Plan, Scaling, Schedule, TargetPolicy

ERRORS = Metric(namespace="Shop", name="Errors", statistic="Sum", dimensions=(("Api", 'say "hi"'), ("Zone", "é")))

ODD = Plan(
    region="eu-west-1",
    metering=Metering(dimensions=(("ClusterName", "shop"), ("Service Name", 'say "hi"'))),
    scaling=Scaling(
        target_policies=(TargetPolicy(name="tt", target=0.25, metric=ERRORS),),
        schedules=(Schedule(name="once", expression="at(2027-01-01T00:00:00)", max_capacity=7, start_time=1.5),),
    ),
    alarms=(
        Alarm(
            name='a "quoted" name with a . and a \\ and a \x7f',
            queries=(
                MetricQuery(id="m1", metric=ERRORS, period=60, return_data=False),
                MetricQuery(id="e1", expression='IF(m1 > 3, m1, "x")\n'),
            ),
            threshold=-0.1,
            comparison=Comparison.LESS_OR_EQUAL,
        ),
    ),
)


@pytest.mark.parametrize("plan", [profiles.default(), profiles.reference(), ODD, Plan(scaling=Scaling(), alarms=())])
def test_a_written_plan_reads_back_the_same(tmp_path: Path, plan: Plan) -> None:
    path = tmp_path / "fastscale.toml"
    path.write_text(plan_file.dump(plan), encoding="utf-8")
    assert plan_file.load(path) == plan.model_copy(update={"profile": "custom"})


def test_a_written_plan_has_names_as_keys_and_explains_its_tables() -> None:
    text = plan_file.dump(profiles.reference())
    assert "# The scalable target: floor and ceiling, and what moves the count between them.\n[scaling]\n" in text
    assert max(map(len, text.splitlines())) <= 120
    assert "  { lower = 50, upper = 100, adjustment = 2 },\n" in text
    assert tomllib.loads(text)["alarms"]["FastScaling-CustomRPS"]["period"] == 10
