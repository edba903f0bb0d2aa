"""AWS/ApplicationELB metrics from the proxy's counters."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.localcloud.balancer.groups import TargetGroup
from fastscale.localcloud.balancer.health import HealthSettings
from fastscale.localcloud.balancer.proxy import BUCKETS
from fastscale.localcloud.balancer.traffic import TrafficMeter, difference, parse, response_times
from tests.localcloud.cloud_fakes import GROUP

BALANCER = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/my-alb/50dc6c495c0c9188"
WEB = TargetGroup(GROUP, BALANCER, HealthSettings())
LB = ("LoadBalancer", "app/my-alb/50dc6c495c0c9188")
TG = ("TargetGroup", "targetgroup/web/73e2d6bc24d8a067")
MINUTE = 1_800_000_000.0


def counters(responses: dict[str, int], *, refused: int = 0, seconds: float = 0.02) -> str:
    """Prometheus text as Traefik writes it: responses by code, each after ``seconds``."""
    lines = ["# HELP traefik_service_requests_total How many HTTP requests processed", "go_goroutines 12"]
    for code, count in responses.items():
        labels = f'code="{code}",method="GET",protocol="http",service="alb@file"'
        lines.append(f"traefik_service_requests_total{{{labels}}} {count}")
        lines.append(f"traefik_service_request_duration_seconds_sum{{{labels}}} {count * seconds}")
        for bound in (*BUCKETS, math.inf):
            within = count if float(bound) >= seconds else 0
            lines.append(f'traefik_service_request_duration_seconds_bucket{{{labels},le="{bound}"}} {within}')
    at_entrance = responses | {"503": responses.get("503", 0) + refused}
    for code, count in at_entrance.items():
        labels = f'code="{code}",entrypoint="alb",method="GET",protocol="http"'
        lines.append(f"traefik_entrypoint_requests_total{{{labels}}} {count}")
    return "\n".join(lines)


def closed_minute(*texts: str | None, hosts: tuple[int, int] = (2, 0)) -> dict[tuple[Any, ...], list[float]]:
    """The metrics of a minute in which the proxy was read with these answers: name and dimensions -> values."""
    meter = TrafficMeter()
    assert meter.read(lambda: counters({}), WEB, hosts, MINUTE) == []
    for number, text in enumerate(texts[:-1]):
        assert meter.read(partial(str, text) if text else lambda: None, WEB, hosts, MINUTE + 10 * (number + 1)) == []
    data = meter.read(lambda: texts[-1], WEB, hosts, MINUTE + 60.1)
    assert {datum["Timestamp"].timestamp() for datum in data} == {MINUTE}
    return {
        (datum["MetricName"], *((pair["Name"], pair["Value"]) for pair in datum["Dimensions"])): datum["Values"]
        for datum in data
    }


def test_requests_are_counted_by_the_code_of_the_response_with_the_dimensions_of_aws() -> None:
    data = closed_minute(counters({"200": 40}), counters({"200": 90, "404": 6, "500": 4}))
    for dimensions in ((LB,), (LB, TG)):
        assert data["RequestCount", *dimensions] == [100]
        assert data["HTTPCode_Target_2XX_Count", *dimensions] == [90]
        assert data["HTTPCode_Target_4XX_Count", *dimensions] == [6]
        assert data["HTTPCode_Target_5XX_Count", *dimensions] == [4]
        assert data["TargetResponseTime", *dimensions] == [pytest.approx(0.02)]
    assert data["RequestCountPerTarget", TG] == [50]
    assert set(data["HealthyHostCount", LB, TG]) == {2}
    assert set(data["UnHealthyHostCount", LB, TG]) == {0}
    assert ("HTTPCode_ELB_5XX_Count", LB) not in data, "a count of zero is not reported"


def test_what_no_target_answered_is_an_error_of_the_load_balancer() -> None:
    data = closed_minute(counters({"200": 10, "502": 3, "504": 2, "503": 1}, refused=7))
    assert data["HTTPCode_ELB_5XX_Count", LB] == [3 + 2 + 7]
    assert data["HTTPCode_Target_5XX_Count", LB] == [1], "a target's own 503 is the target's"
    assert data["RequestCount", LB] == [16], "requests for which there was no target do not count"


def test_a_minute_without_requests_tells_only_the_hosts() -> None:
    assert {key[0] for key in closed_minute(counters({}), hosts=(1, 1))} == {"HealthyHostCount", "UnHealthyHostCount"}


def test_counters_that_start_anew_after_a_restart_of_the_proxy_are_added() -> None:
    data = closed_minute(counters({"200": 70}), None, counters({"200": 30}))
    assert data["RequestCount", LB] == [100]


def test_counters_that_could_not_be_read_are_told_with_the_next_reading() -> None:
    assert closed_minute(None, counters({"200": 30}), None)["RequestCount", LB] == [30]


def test_minutes_are_aligned_and_read_only_every_few_seconds() -> None:
    meter, reads = TrafficMeter(), []

    def scrape() -> str:
        reads.append(1)
        return counters({"200": len(reads)})

    closed_at = [tenth / 10 for tenth in range(0, 1300) if meter.read(scrape, WEB, (1, 0), MINUTE + 35 + tenth / 10)]
    assert closed_at == [25.0, 85.0]
    assert len(reads) <= 17


@given(st.lists(st.floats(0.0005, 50), min_size=1, max_size=200))
def test_response_times_keep_their_number_and_their_average(seconds: list[float]) -> None:
    labels = 'code="200",method="GET",protocol="http",service="alb@file"'
    lines = [f"traefik_service_request_duration_seconds_sum{{{labels}}} {sum(seconds)}"]
    for bound in (*BUCKETS, math.inf):
        within = sum(each <= float(bound) for each in seconds)
        lines.append(f'traefik_service_request_duration_seconds_bucket{{{labels},le="{bound}"}} {within}')
    spread = response_times(parse("\n".join(lines)))
    assert sum(spread.values()) == len(seconds)
    assert sum(value * count for value, count in spread.items()) == pytest.approx(sum(seconds))
    assert max(spread) == pytest.approx(max(seconds), rel=0.75)


def test_the_difference_of_two_readings_never_is_negative() -> None:
    key = ("service", "requests_total", "200", 0.0)
    assert difference({key: 5.0}, {key: 7.0}) == {key: 2.0}
    assert difference({key: 5.0}, {key: 3.0}) == {key: 3.0}
    assert difference({}, {key: 3.0}) == {key: 3.0}
