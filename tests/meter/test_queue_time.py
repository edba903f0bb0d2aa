import pytest

from fastscale.meter.queue_time import waits

ARRIVED = 1_700_000_000.0


def queue_seconds(header: bytes, arrived: float) -> float | None:
    return next(iter(waits([(arrived, header)])), None)


@pytest.mark.parametrize(
    "header",
    [
        b"t=1699999999.75",
        b"1699999999.75",
        b"1699999999750",
        b"t=1699999999750000",
        b" 1699999999750000000 ",
    ],
)
def test_request_start_in_any_unit(header: bytes) -> None:
    assert queue_seconds(header, ARRIVED) == pytest.approx(0.25, abs=1e-3)


def test_an_albs_trace_id_holds_whole_seconds_so_the_middle_of_the_second_counts() -> None:
    sent = 1_699_999_997
    assert queue_seconds(b"Root=1-%x-abcdef012345678912345678" % sent, ARRIVED) == 2.5


def test_an_albs_own_time_beats_that_of_a_trace_handed_on() -> None:
    header = b"Self=1-%x-1234;Root=1-%x-5678;CalledFrom=app" % (1_699_999_999, 1_699_990_000)
    assert queue_seconds(header, ARRIVED) == 0.5


def test_a_clock_that_runs_ahead_is_no_wait() -> None:
    assert queue_seconds(b"t=1700000005.0", ARRIVED) == 0.0


@pytest.mark.parametrize(
    "header",
    [b"", b"soon", b"t=", b"t=12", b"t=nan", b"t=inf", b"Root=1-", b"Root=1-zz-1", b"Sampled=1;x=1-", b"t=1600000000"],
)
def test_nonsense_and_old_times_say_nothing(header: bytes) -> None:
    assert queue_seconds(header, ARRIVED) is None
