import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Summary, generate_latest

from fastscale.meter.interval import Interval
from fastscale.meter.prometheus import prometheus_text
from fastscale.meter.publisher import Snapshot
from fastscale.plan import PulseScrape
from fastscale.pulse.scrape.failure import Failure, ReadError
from fastscale.pulse.scrape.samples import Samples, read_samples

OTHERS = PulseScrape(requests_metric="http_requests_total", active_metric="")


def refusal(text: str, scrape: PulseScrape = OTHERS) -> Failure:
    with pytest.raises(ReadError) as caught:
        read_samples(text.encode(), scrape)
    return caught.value.kind


def test_what_the_meter_writes_is_read() -> None:
    total = Interval(arrived=120, active=3)
    total.responses.add([0.1, 0.3])
    text = prometheus_text(Snapshot(total, total)).encode()
    assert read_samples(text, PulseScrape()) == Samples(120.0, 3.0, 2.0, 0.4)


@given(st.dictionaries(st.text(max_size=8), st.integers(0, 10**9), min_size=1, max_size=5), st.integers(0, 1000))
def test_what_the_official_client_writes_is_read_whatever_the_labels(counts: dict[str, int], active: int) -> None:
    registry = CollectorRegistry()
    counter = Counter("http_requests", "By\npath.", ["path", "code"], registry=registry)
    for path, count in counts.items():
        counter.labels(path, "200").inc(count)
    Gauge("http_requests_active", "Now.", registry=registry).set(active)
    Summary("other_seconds", "Time.", registry=registry).observe(1)
    scrape = PulseScrape(requests_metric="http_requests_total", active_metric="http_requests_active")
    assert read_samples(generate_latest(registry), scrape) == Samples(float(sum(counts.values())), float(active))


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("http_requests_total 5\n", 5),
        ("http_requests_total\t5 1700000000000\r\n", 5),
        ('http_requests_total{path="/a}b\\"c",} 5\nhttp_requests_total{path="/d"} 1.5e1\n', 20),
        ("http_requests_total_created 1.7e9\nhttp_requests_total 5\n", 5),
        ("# HELP http_requests_total 77\nhttp_requests_total 5\n", 5),
        ('http_requests_total 5 # {trace_id="x"} 1 1.5\n', 5),
        ('http_requests_total{path="/"} 5 1700000000.123 # {trace_id="a}b"} 0.67\n# EOF\n', 5),
        ("http_requests_total 5 1.7e9\n", 5),
        ('http_requests_total {path="/"} 5\nhttp_requests_total\t{ path = "/a" , code="200" }\t6 \n', 11),
        ('http_requests_total{path="/"}5\n', 5),
        ('{"http_requests_total",path="/"} 5\n{"http_requests_total_created"} 7\n{ "http_requests_total" } 6\n', 11),
    ],
)
def test_lines_that_the_format_allows(text: str, requests: float) -> None:
    assert read_samples(text.encode(), OTHERS).requests == requests


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Failure.MALFORMED),
        ("http_requests_total 12", Failure.MALFORMED),  # cut off: it may have been 123
        ("http_requests_total many\n", Failure.MALFORMED),
        ("http_requests_total NaN\n", Failure.MALFORMED),
        ("http_requests_total +Inf\n", Failure.MALFORMED),
        ("http_requests_total -1\n", Failure.MALFORMED),
        ("http_requests_total 1e300\n", Failure.MALFORMED),
        ('http_requests_total{path="/a} 5\n', Failure.MALFORMED),
        ('http_requests_total{path="/"} 5\nhttp_requests_total{path="/a"} NaN\n', Failure.MALFORMED),
        ("http_requests_total 5 oops\n", Failure.MALFORMED),
        ("http_requests_total 5 # trace\n", Failure.MALFORMED),
        ("http_requests_total 1_000\n", Failure.MALFORMED),
        ('{"http_requests_total",path="/a} 5\n', Failure.MALFORMED),
        ('{"http_requests_total"}\n', Failure.MALFORMED),
        ("<html>not found</html>\n", Failure.MISSING),
        ("http_requests_total_created 1.7e9\n", Failure.MISSING),
    ],
)
def test_what_says_nothing_certain_is_refused(text: str, kind: Failure) -> None:
    assert refusal(text) is kind


def test_without_a_gauge_or_a_summary_they_are_unknown_and_not_zero() -> None:
    assert read_samples(b"fastscale_requests_total 5\n", PulseScrape()) == Samples(5.0, None, None, None)


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "1e300", "nan"])
def test_an_optional_metric_that_is_no_number_is_unknown_and_nothing_else_is_lost(value: str) -> None:
    text = f"""fastscale_requests_total 5
fastscale_active_connections {value}
fastscale_response_seconds_sum {value}
fastscale_response_seconds_count {value}
process_start_time_seconds {value}
"""
    assert read_samples(text.encode(), PulseScrape()) == Samples(5.0)


def test_gauges_below_zero_are_zero_and_a_sum_of_times_below_zero_is_none() -> None:
    text = b"fastscale_requests_total 5\nfastscale_active_connections -2\nfastscale_response_seconds_sum -1\n"
    assert read_samples(text, PulseScrape()) == Samples(5.0, 0.0)


def test_a_process_that_says_when_it_started() -> None:
    text = b"process_start_time_seconds 1.70000000037e+09\nfastscale_requests_total 5\n"
    assert read_samples(text, PulseScrape()).started == 1_700_000_000.37


@pytest.mark.parametrize("name", ["http.requests", "back\\slash", "요청", "two words"])
def test_names_of_any_letters_are_found_in_their_quotes(name: str) -> None:
    escaped = name.replace("\\", "\\\\")
    text = f'# TYPE "{escaped}" counter\n{{"{escaped}",path="/"}} 5\n{{"{escaped}.more"}} 7\n{{"{escaped}"}} 6 17\n'
    scrape = PulseScrape(requests_metric=name, active_metric="")
    assert read_samples(text.encode(), scrape).requests == 11


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(text: bytes) -> None:
    try:
        read_samples(b"fastscale_requests_total" + text, PulseScrape())
    except ReadError as error:
        assert error.kind in {Failure.MALFORMED, Failure.MISSING}
