import pytest
from prometheus_client.parser import text_string_to_metric_families

from fastscale.meter import Interval, Snapshot
from fastscale.meter.distribution import Distribution
from fastscale.meter.prometheus import prometheus_text, wants_prometheus


def samples(seen: Snapshot) -> dict[tuple[str, str], float]:
    """What Prometheus' own parser reads: (name, value of the only label) -> value."""
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(prometheus_text(seen))
        for sample in family.samples
    }


def test_prometheus_own_parser_reads_it() -> None:
    total = Interval(arrived=100, active=2, client_errors=3, server_errors=4, disconnects=5)
    total.responses.add([0.1] * 100)
    last = Interval(seconds=5, arrived=50, responses=Distribution([0.2] * 50))
    found = samples(Snapshot(total, last))

    assert found["fastscale_requests_total", ""] == 100
    assert found["fastscale_active_connections", ""] == 2
    assert [found["fastscale_request_failures_total", name] for name in ("4xx", "5xx", "disconnect")] == [3, 4, 5]
    assert found["fastscale_requests_per_second", ""] == 10
    assert found["fastscale_response_seconds_count", ""] == 100
    assert found["fastscale_response_seconds_sum", ""] == pytest.approx(10)
    assert found["fastscale_response_seconds", "0.99"] == pytest.approx(0.2, rel=0.01)


def test_before_the_first_interval_there_is_no_rate_and_no_quantile() -> None:
    found = samples(Snapshot(Interval(arrived=1), None))
    assert found["fastscale_requests_total", ""] == 1
    assert ("fastscale_requests_per_second", "") not in found
    assert not [name for name, label in found if name == "fastscale_response_seconds"]


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        # What Prometheus 3 sends.
        ("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.3", True),
        ("Text/Plain", True),
        ("*/*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/json", False),
        ("", False),
    ],
)
def test_only_those_who_name_the_format_want_it(accept: str, wanted: bool) -> None:
    assert wants_prometheus(accept) is wanted
