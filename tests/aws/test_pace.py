"""A share of a quota, and the wait after a refusal."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from fastscale.aws.calls import ApiError, Calls, NotNowError
from fastscale.aws.pace import LONGEST_WAIT_SECONDS, Pace
from fastscale.control.clock import SteadyClock
from tests.control.fakes import HandClock


@given(rate=st.floats(0.5, 20), burst=st.integers(1, 50), waits=st.lists(st.floats(0, 3), min_size=1, max_size=100))
def test_calls_never_exceed_burst_plus_rate(rate: float, burst: int, waits: list[float]) -> None:
    pace, now, taken = Pace(rate, burst), 0.0, 0
    for wait in waits:
        now += wait
        while pace.take(now):
            taken += 1
        assert taken <= burst + rate * now + 1e-6


def test_waits_after_refusals_double_up_to_a_bound_and_end_with_a_success() -> None:
    pace, now = Pace(1000, 1000, jitter=lambda: 1.0), 0.0
    waits = []
    for _ in range(8):
        pace.refused(now)
        began = now
        while not pace.take(now):
            now += 0.25
        waits.append(now - began)
    assert waits == [0.25, 0.5, 1, 2, 4, 8, LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS]
    pace.worked()
    pace.refused(now)
    assert not pace.take(now + 0.2)
    assert pace.take(now + 0.25)


def test_refusals_are_one_kind_of_error_and_hold_the_next_call_back() -> None:
    calls, pace = Calls(HandClock()), Pace(10, 10, jitter=lambda: 1.0)

    def throttled() -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "DescribeServices")

    def away() -> None:
        raise EndpointConnectionError(endpoint_url="http://nowhere")

    with pytest.raises(ApiError, match=r"throttled: .*Rate exceeded"):
        calls.make(pace, throttled)
    with pytest.raises(NotNowError):
        calls.make(pace, away)
    with pytest.raises(ApiError, match="nowhere"):
        calls.make(Pace(10, 10), away)
    assert calls.make(Pace(10, 10), lambda *, value: value, value=3) == 3


def test_an_answer_of_many_pages_waits_for_its_turns() -> None:
    pace = Pace(200, 2)
    calls = Calls(SteadyClock())
    assert [calls.make_in_turn(pace, lambda page: page, page=page) for page in range(10)] == list(range(10))
    with pytest.raises(NotNowError):
        for _ in range(10):
            calls.make(pace, lambda: None)
