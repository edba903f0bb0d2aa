"""A plan file overrides a profile by name, and says in one line what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fastscale import plan_file, profiles
from fastscale.errors import PlanError
from fastscale.plan import Plan

CHANGED_CPU = """
profile = "default"
[alarms."FastScaling-HighCPU"]
threshold = 85
metric.dimensions = { ServiceName = "shop", ClusterName = "prod" }
"""


def load(tmp_path: Path, text: str) -> Plan:
    path = tmp_path / "fastscale.toml"
    path.write_text(text, encoding="utf-8")
    return plan_file.load(path)


def problem(tmp_path: Path, text: str) -> str:
    """The line that refuses ``text``, without the file's name, which it must begin with."""
    with pytest.raises(PlanError) as caught:
        load(tmp_path, text)
    file, _, line = str(caught.value).partition("fastscale.toml: ")
    assert file == f"{tmp_path}/"
    assert "\n" not in line
    return line


@pytest.mark.parametrize("name", list(profiles.PROFILES))
def test_a_file_that_names_a_profile_and_nothing_else_is_that_profile(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, f'profile = "{name}"') == profiles.profile(name)


def test_a_table_overrides_only_the_keys_that_it_gives(tmp_path: Path) -> None:
    plan = load(tmp_path, 'profile = "default"\n[task]\ncpu = 512\nmemory = 1024\n[scaling]\nmax_capacity = 40')
    assert (plan.task.cpu, plan.task.memory, plan.task.port) == (512, 1024, 8080)
    assert (plan.scaling.min_capacity, plan.scaling.max_capacity) == (2, 40)
    assert plan.scaling.step_policies == profiles.default().scaling.step_policies


def test_an_alarm_is_overridden_by_its_name_and_keeps_its_place(tmp_path: Path) -> None:
    before, plan = profiles.default(), load(tmp_path, CHANGED_CPU)
    cpu = plan.alarm("FastScaling-HighCPU")
    assert (cpu.threshold, cpu.evaluation_periods) == (85, 2)
    assert cpu.metric is not None
    assert cpu.metric.name == "CPUUtilization"
    assert cpu.metric.dimensions == (("ClusterName", "prod"), ("ServiceName", "shop"))
    assert [alarm.name for alarm in plan.alarms] == [alarm.name for alarm in before.alarms]


def test_an_array_of_tables_overrides_like_tables_under_names(tmp_path: Path) -> None:
    array = 'profile = "default"\n[[alarms]]\nname = "FastScaling-HighCPU"\nthreshold = 85'
    table = 'profile = "default"\n[alarms.FastScaling-HighCPU]\nthreshold = 85'
    assert load(tmp_path, array) == load(tmp_path, table)


def test_a_new_name_adds_after_the_others(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        'profile = "reference"\n[scaling.schedules.Sale]\nexpression = "at(2027-01-01T00:00:00)"\nmin_capacity = 50\n'
        "start_time = 2026-12-31T00:00:00\nend_time = 2027-01-02T00:00:00+09:00",
    )
    sale = plan.scaling.schedules[-1]
    assert (sale.name, sale.min_capacity, sale.max_capacity) == ("Sale", 50, None)
    assert (sale.start_time, sale.end_time) == (1798675200, 1798815600)
    assert plan.scaling.schedules[:-1] == profiles.reference().scaling.schedules


def test_remove_takes_an_entry_away(tmp_path: Path) -> None:
    plan = load(tmp_path, 'profile = "default"\n[alarms."FastScaling-HighRequestRate"]\nremove = true')
    names = [alarm.name for alarm in profiles.default().alarms]
    names.remove("FastScaling-HighRequestRate")
    assert [alarm.name for alarm in plan.alarms] == names


def test_steps_are_replaced_as_a_whole(tmp_path: Path) -> None:
    text = (
        'profile = "reference"\n[scaling.step_policies."FastScaling-ScaleOut"]\nsteps = [{lower = 0, adjustment = 9}]'
    )
    policy = load(tmp_path, text).step_policy("FastScaling-ScaleOut")
    assert [(step.lower, step.upper, step.adjustment) for step in policy.steps] == [(0, None, 9)]
    assert policy.cooldown_seconds == 10


def test_a_file_without_a_profile_is_complete_by_itself(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        '[scaling]\nmax_capacity = 9\n[alarms.Hot]\nmetric = {namespace = "Shop", name = "Rps"}\nthreshold = 1',
    )
    assert (plan.profile, plan.scaling.max_capacity, plan.scaling.schedules) == ("custom", 9, ())
    assert [alarm.name for alarm in plan.alarms] == ["Hot"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 'scaling: is missing; give it, or start from a profile: profile = "default" (and 1 more)'),
        ("=", "is not TOML: Invalid statement (at line 1, column 1)"),
        ('profile = "fast"', "unknown profile 'fast': choose one of default, reference"),
        ("profile = 3", "profile = 3: must be the name of a profile: default, reference"),
        ("scaling = {}\nalarms = 3", "alarms = 3: should be a list, or tables by name"),
        ("alarms.x = 3", "alarms.x = 3: must be a table"),
        ("[[alarms]]\nperiod = 10", "alarms: entry 1 needs a name"),
        ('[[alarms]]\nname = "a"\n[[alarms]]\nname = "a"', "alarms.a: is given twice; keep one of them"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_in_one_line(tmp_path: Path, text: str, line: str) -> None:
    assert problem(tmp_path, text) == line


RPS = 'alarms."FastScaling-CustomRPS"'
NIGHT = 'scaling.schedules."Night"'
CPU_TARGET = 'scaling.target_policies."FastScaling-CpuTarget"'
SCALE_IN = 'scaling.step_policies."FastScaling-ScaleIn"'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("task = 3", "task = 3: should be a table"),
        ("min_capacity = 3", "min_capacity: there is no such key here; did you mean scaling.min_capacity?"),
        ("task.memmory = 3", "task.memmory: there is no such key; did you mean memory?"),
        (
            "metering.xyz = 3",
            "metering.xyz: there is no such key; choose one of namespace, interval_seconds, dimensions",
        ),
        ("scaling.min_capacity = 300", "scaling: min_capacity 300 is above max_capacity 100"),
        ("task.port = 0", "task.port = 0: should be greater than or equal to 1"),
        (f"{RPS}.period = 15", f"{RPS}.period = 15: period 15 is not 10, 20, 30 or a multiple of 60 seconds"),
        (f"{RPS}.peroid = 20", f"{RPS}.peroid: there is no such key; did you mean period?"),
        (
            'alarms."FastScaling-CustomRSP".period = 20',
            f'alarms."FastScaling-CustomRSP".threshold: is missing; did you mean {RPS}?',
        ),
        (
            f'{RPS}.metric.statistic = "Mean"',
            f"{RPS}.metric.statistic = 'Mean': is not one of Average, Sum, Minimum, Maximum, SampleCount, "
            "pNN, tmNN, wmNN, tcNN, tsNN, IQM, or TM, WM, TC, TS, PR with bounds such as TM(10%:90%) or PR(:300)",
        ),
        (
            f'{CPU_TARGET}.predefined = "ECSServiceAverageCPU"',
            f"{CPU_TARGET}.predefined = 'ECSServiceAverageCPU': is not one of ECSServiceAverageCPUUtilization, "
            "ECSServiceAverageMemoryUtilization, ECSServiceAverageCPUUtilizationHighResolution, "
            "ECSServiceAverageMemoryUtilizationHighResolution, ALBRequestCountPerTarget",
        ),
        (
            f'{NIGHT} = {{ expression = "cron(99 99 * * ? *)", min_capacity = 1 }}',
            f"{NIGHT}.expression = 'cron(99 99 * * ? *)': minutes '99' is not in 0-59",
        ),
        (
            f'{NIGHT} = {{ expression = "every day", min_capacity = 1 }}',
            f"{NIGHT}.expression = 'every day': is not at(...), rate(...) or cron(...)",
        ),
        ("requests_per_task = inf", "requests_per_task = inf: should be a finite number"),
        (
            "load_balancer.health_check.success_codes = '600'",
            "load_balancer.health_check.success_codes = '600': is not a "
            "status from 200 to 499, such as 200, 200,202 or 200-299",
        ),
        (f"{RPS}.remove = 1", f"{RPS}.remove = 1: must be true or false"),
        (
            f'{RPS}.policies = ["Gone"]',
            "the plan: alarm 'FastScaling-CustomRPS' names step policy 'Gone', which the plan does not have",
        ),
        (
            f"{SCALE_IN}.steps = [{{upper = 10, adjustment = -1}}, {{lower = 5, adjustment = 3}}]",
            f"{SCALE_IN}: Step adjustment intervals cannot overlap: [-inf, 10) and [5, +inf)",
        ),
        (
            f"{SCALE_IN}.steps = [{{lowr = 0, adjustment = 1}}]",
            f"{SCALE_IN}.steps.0.lowr: there is no such key; did you mean lower?",
        ),
    ],
)
def test_what_is_wrong_is_said_with_key_value_and_fix(tmp_path: Path, text: str, line: str) -> None:
    assert problem(tmp_path, f'profile = "default"\n{text}') == line


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"gone\.toml: there is no such file"):
        plan_file.load(tmp_path / "gone.toml")
    with pytest.raises(PlanError, match="cannot be read: Is a directory"):
        plan_file.load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'region = "\xe9"')
    with pytest.raises(PlanError, match=r"latin\.toml: is not UTF-8 text"):
        plan_file.load(tmp_path / "latin.toml")


@pytest.mark.parametrize("text", ["a." * 5000 + "a = 1", "a = " + "[" * 5000])
def test_nesting_without_end_is_refused(tmp_path: Path, text: str) -> None:
    assert problem(tmp_path, text) == "is nested too deeply for a plan"


KEYS = st.sampled_from(
    ["profile", "scaling", "alarms", "task", "steps", "name", "metric", "dimensions", "period", "step_policies", "x"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["default", "Sum"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_table_is_a_plan_or_refused_in_one_line(table: dict[str, object]) -> None:
    try:
        assert isinstance(plan_file.from_table(table), Plan)
    except PlanError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("statistic", ["Sum", "p99", "tm90", "IQM", "PR(:300)"])
def test_the_statistics_of_cloudwatch_are_taken(tmp_path: Path, statistic: str) -> None:
    plan = load(tmp_path, f'profile = "default"\n{RPS}.metric.statistic = "{statistic}"')
    metric = plan.alarm("FastScaling-CustomRPS").metric
    assert metric is not None
    assert metric.statistic == statistic


def test_a_customized_target_metric_has_none_of_the_extended_statistics(tmp_path: Path) -> None:
    metric = 'metric = { namespace = "Shop", name = "Rps", statistic = "p99" }'
    text = f'profile = "default"\n[scaling.target_policies.Own]\ntarget = 5\n{metric}'
    assert problem(tmp_path, text).startswith(
        "scaling.target_policies.\"Own\".metric.statistic = 'p99': is not one of Ave"
    )
