"""Target tracking creates AWS's alarms and sizes the service to its target."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.decide import target
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import AlarmState, Hold, ServiceState
from fastscale.decide.target import TargetSeen, Track, alarms, proportional
from fastscale.errors import PlanError
from fastscale.plan import Alarm, Comparison, Metric, MetricQuery, MissingData, TargetPolicy

OK, ALARM, INSUFFICIENT_DATA = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
CPU = TargetPolicy(name="Cpu", target=60, predefined="ECSServiceAverageCPUUtilization", scale_out_cooldown_seconds=60)
MEMORY = TargetPolicy(name="Memory", target=80, predefined="ECSServiceAverageMemoryUtilization")


def created(policy: TargetPolicy) -> tuple[Alarm, ...]:
    return alarms(policy, cluster="shop", service="web")


# --- alarms -------------------------------------------------------------------------------------------------------


def test_the_alarms_of_a_cpu_policy() -> None:
    high, low = created(CPU)
    assert high.metric == Metric(
        namespace="AWS/ECS",
        name="CPUUtilization",
        dimensions=(("ClusterName", "shop"), ("ServiceName", "web")),
    )
    assert (high.period, high.evaluation_periods, high.threshold, high.comparison) == (60, 3, 60, Comparison.GREATER)
    assert (low.period, low.evaluation_periods, low.threshold, low.comparison) == (60, 15, 54, Comparison.LESS)
    assert low.metric == high.metric
    assert {high.missing_data, low.missing_data} == {MissingData.MISSING}
    assert high.policies == low.policies == ("Cpu",)
    assert high.description == "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy Cpu."


def test_the_low_threshold_is_nine_tenths_of_the_target_without_float_noise() -> None:
    policy = TargetPolicy(name="p", target=70, predefined="ECSServiceAverageCPUUtilization")
    assert created(policy)[1].threshold == 63


def test_thresholds_may_be_fractions_and_periods_are_whole() -> None:
    high, low = created(CPU.model_copy(update={"target": 0.5}))
    assert (high.threshold, low.threshold) == (0.5, 0.45)
    assert type(low.evaluation_periods) is int


def test_alarm_names_have_awss_form_and_stay_the_same() -> None:
    high, low = created(CPU)
    form = r"TargetTracking-service/shop/web-Alarm%s-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(form % "High", high.name)
    assert re.fullmatch(form % "Low", low.name)
    assert created(CPU) == (high, low)
    everybody = {alarm.name for policy in (CPU, MEMORY) for alarm in created(policy)}
    assert len(everybody) == 4
    assert alarms(CPU, cluster="shop", service="other")[0].name != high.name


@pytest.mark.parametrize(
    ("predefined", "name"),
    [
        ("ECSServiceAverageCPUUtilizationHighResolution", "CPUUtilization"),
        ("ECSServiceAverageMemoryUtilizationHighResolution", "MemoryUtilization"),
    ],
)
def test_twenty_second_metrics(predefined: str, name: str) -> None:
    high, low = created(TargetPolicy(name="Fast", target=50, predefined=predefined))
    assert high.metric is not None
    assert high.metric.name == name
    assert (high.period, high.evaluation_periods) == (20, 3)
    assert (low.period, low.evaluation_periods) == (20, 30)


def test_memory_is_a_metric_of_the_service_too() -> None:
    metric = created(MEMORY)[0].metric
    assert metric is not None
    assert (metric.name, metric.statistic, dict(metric.dimensions)["ServiceName"]) == (
        "MemoryUtilization",
        "Average",
        "web",
    )


def test_requests_per_target_come_from_the_load_balancer_of_the_label() -> None:
    policy = TargetPolicy(
        name="Requests",
        target=1000,
        predefined="ALBRequestCountPerTarget",
        resource_label="app/shop/778d41231b141a0f/targetgroup/web/943f017f100becff",
    )
    assert created(policy)[0].metric == Metric(
        namespace="AWS/ApplicationELB",
        name="RequestCountPerTarget",
        statistic="Sum",
        dimensions=(("LoadBalancer", "app/shop/778d41231b141a0f"), ("TargetGroup", "targetgroup/web/943f017f100becff")),
    )


@pytest.mark.parametrize("label", [None, "app/shop/778d41231b141a0f"])
def test_a_label_without_a_target_group_is_refused(label: str | None) -> None:
    policy = TargetPolicy(name="Requests", target=9, predefined="ALBRequestCountPerTarget", resource_label=label)
    with pytest.raises(PlanError, match=r"policy 'Requests': resource_label .* is not app/<load balancer>"):
        created(policy)


def test_an_unknown_predefined_metric_is_refused() -> None:
    policy = TargetPolicy(name="Table", target=9, predefined="DynamoDBReadCapacityUtilization")
    with pytest.raises(
        PlanError,
        match=r"policy 'Table': predefined 'DynamoDBReadCapacity.*' is not one of ECSServiceAverageCPUUtilization, ECS",
    ):
        created(policy)


def test_a_metric_of_ones_own_and_metric_math() -> None:
    queue = Metric(namespace="Shop", name="QueueLength")
    high, low = created(TargetPolicy(name="Queue", target=10, metric=queue))
    assert (high.metric, low.metric, high.period) == (queue, queue, 60)
    queries = (MetricQuery(id="m1", metric=queue, return_data=False), MetricQuery(id="e1", expression="m1/2"))
    high, low = created(TargetPolicy(name="Math", target=10, queries=queries))
    assert high.metric is None
    assert high.queries == low.queries == queries


def test_without_scale_in_there_is_no_low_alarm() -> None:
    assert len(created(CPU.model_copy(update={"disable_scale_in": True}))) == 1


# --- decisions ----------------------------------------------------------------------------------------------------


def settled(tasks: int, minimum: int = 1, maximum: int = 100) -> ServiceState:
    return ServiceState(tasks, tasks, minimum, maximum)


def high(value: float | None) -> Track:
    return Track([1.0, value], ALARM, OK)


def low(value: float | None) -> Track:
    return Track([99.0, value], OK, ALARM)


def calm(value: float | None) -> Track:
    return Track([value], OK, OK)


def outcome(
    policies: list[TargetPolicy],
    service: ServiceState,
    tracks: dict[str, Track],
    memory: Cooldowns | None = None,
    now: float = 0,
) -> tuple[int | Hold | None, str, Cooldowns]:
    proposal, after = target.decide(policies, TargetSeen(service, tracks), memory or Cooldowns(), now)
    return proposal.hold or proposal.capacity, proposal.policy, after


def test_scale_out_is_in_proportion_and_rounded_up() -> None:
    assert outcome([CPU], settled(4), {"Cpu": high(90)})[0] == 6
    assert outcome([CPU], settled(4), {"Cpu": high(61)})[0] == 5
    assert outcome([CPU], settled(4, maximum=5), {"Cpu": high(90)})[0] == 5


def test_the_newest_real_datapoint_counts() -> None:
    track = Track([60.0, 120.0, None, None], ALARM, OK)
    assert outcome([CPU], settled(4), {"Cpu": track})[0] == 8
    assert Track([None], OK, OK).newest is None
    assert Track([], OK, OK).newest is None


def test_the_base_is_what_runs() -> None:
    starting = ServiceState(running=4, desired=8, minimum=1, maximum=100)
    assert outcome([CPU], starting, {"Cpu": high(120)})[0] is Hold.AT_DESIRED


def test_scale_in_is_gradual() -> None:
    assert outcome([CPU], settled(40), {"Cpu": low(6)})[0] == 36  # 4 tasks would do, but one tenth is the pace
    assert outcome([CPU], settled(40), {"Cpu": low(58)})[0] == 39
    assert outcome([CPU], settled(4), {"Cpu": low(6)})[0] == 3
    assert outcome([CPU], settled(4, minimum=4), {"Cpu": low(6)})[0] is Hold.AT_MINIMUM


def test_scale_in_that_would_bring_the_metric_back_over_its_target_is_held() -> None:
    held = outcome([CPU], settled(2), {"Cpu": low(50)})
    assert held[:2] == (Hold.FLAPPING, "Cpu")  # one task would run at 100 %


def test_without_data_nothing_happens() -> None:
    for track in (Track([None], ALARM, OK), Track([None], OK, ALARM)):
        assert outcome([CPU], settled(4), {"Cpu": track})[:2] == (Hold.NO_DATA, "Cpu")


def test_a_metric_within_its_band_or_unknown_moves_nothing() -> None:
    assert outcome([CPU], settled(4), {"Cpu": calm(57)})[0] is Hold.ON_TARGET
    unknown = Track([None], INSUFFICIENT_DATA, INSUFFICIENT_DATA)
    assert outcome([CPU], settled(4), {"Cpu": unknown})[:2] == (Hold.ON_TARGET, "Cpu")


def test_the_largest_of_several_results_wins() -> None:
    tracks = {"Cpu": high(90), "Memory": high(160)}
    assert outcome([CPU, MEMORY], settled(4), tracks)[:2] == (8, "Memory")
    assert outcome([MEMORY, CPU], settled(4), tracks)[:2] == (8, "Memory")


def test_one_task_is_more_than_what_holds() -> None:
    """The first task of a service at zero, while another policy has no data."""
    none_yet = ServiceState(running=0, desired=0, minimum=1, maximum=100)
    tracks = {"Cpu": Track([None], ALARM, OK), "Memory": high(80)}
    assert outcome([CPU, MEMORY], none_yet, tracks)[:2] == (1, "Memory")


def test_policies_that_ask_for_the_same_scale_in_once() -> None:
    tracks = {"Cpu": low(30), "Memory": low(40)}
    assert outcome([CPU, MEMORY], settled(40), tracks)[:2] == (36, "Cpu")


def test_one_policy_that_scales_out_overrules_one_that_would_scale_in() -> None:
    assert outcome([CPU, MEMORY], settled(4), {"Cpu": high(90), "Memory": low(8)})[:2] == (6, "Cpu")


def test_scale_in_needs_all_policies_to_agree() -> None:
    assert outcome([CPU, MEMORY], settled(40), {"Cpu": low(30), "Memory": calm(78)})[:2] == (Hold.NOT_ALL_AGREE, "Cpu")
    assert outcome([CPU, MEMORY], settled(40), {"Cpu": low(30), "Memory": low(78)})[:2] == (39, "Memory")
    silent = Track([None], OK, ALARM)
    assert outcome([CPU, MEMORY], settled(40), {"Cpu": low(30), "Memory": silent})[:2] == (Hold.NO_DATA, "Memory")


def test_a_policy_without_scale_in_has_no_say_in_it() -> None:
    grow_only = MEMORY.model_copy(update={"disable_scale_in": True})
    assert outcome([grow_only, CPU], settled(40), {"Cpu": low(54), "Memory": calm(78)})[:2] == (36, "Cpu")
    assert outcome([grow_only], settled(40), {"Memory": low(7)})[0] is Hold.ON_TARGET


def test_cooldowns_of_both_directions() -> None:
    value, _, memory = outcome([CPU], settled(4), {"Cpu": high(90)}, now=0)
    assert value == 6
    assert outcome([CPU], settled(6), {"Cpu": high(90)}, memory, now=59)[0] is Hold.COOLDOWN
    assert outcome([CPU], settled(6), {"Cpu": high(120)}, memory, now=59)[0] == 8  # from 4, where it began
    assert outcome([CPU], settled(6), {"Cpu": high(90)}, memory, now=60)[0] == 9
    value, _, memory = outcome([CPU], settled(40), {"Cpu": low(6)}, now=0)
    assert value == 36
    assert outcome([CPU], settled(36), {"Cpu": low(6)}, memory, now=299)[0] is Hold.COOLDOWN
    assert outcome([CPU], settled(36), {"Cpu": low(6)}, memory, now=300)[0] == 33


def test_a_policy_in_its_cooldown_leaves_the_decision_to_the_others() -> None:
    _, _, memory = outcome([CPU], settled(4), {"Cpu": high(120)}, now=0)
    tracks = {"Cpu": high(120), "Memory": high(120)}
    assert outcome([CPU, MEMORY], settled(8), tracks, memory, now=30)[:2] == (12, "Memory")


@pytest.mark.parametrize(("tasks", "value", "wanted"), [(10, 60, 10), (10, 60.0000000001, 10), (10, 66, 11), (3, 1, 1)])
def test_proportions(tasks: int, value: float, wanted: int) -> None:
    assert proportional(tasks, value, 60) == wanted


loads = st.floats(0, 500)
services = st.builds(
    lambda running, desired, size: ServiceState(running, desired, 2, 2 + size),
    st.integers(0, 120),
    st.integers(0, 120),
    st.integers(0, 100),
)


@given(services, loads, loads)
def test_more_load_never_gives_fewer_tasks(service: ServiceState, one: float, other: float) -> None:
    less, more = sorted((one, other))
    for track in (high, low):
        fewer = outcome([CPU], service, {"Cpu": track(less)})[0]
        greater = outcome([CPU], service, {"Cpu": track(more)})[0]
        tasks = [value if type(value) is int else service.desired for value in (fewer, greater)]
        assert tasks[0] <= tasks[1]


@given(services, st.sampled_from([high, low, calm]), loads)
def test_results_lie_within_the_limits(service: ServiceState, track: object, value: float) -> None:
    assert callable(track)
    found = outcome([CPU], service, {"Cpu": track(value)})[0]
    if type(found) is int:
        assert service.minimum <= found <= service.maximum
