"""From rounds of reading to PutMetricData: values per task, promises to the tasks, and a CloudWatch that is away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fastscale import names
from fastscale.aws.metric_data import METRICS_A_CALL, VALUES_A_CALL, RejectedError, parts, put
from fastscale.control.clock import SteadyClock
from fastscale.errors import StoreError
from fastscale.meter.stand_by import MOST_SECONDS
from fastscale.pulse.outbox import WAITING_SECONDS
from fastscale.pulse.publisher import MANY_METRICS, Dimensions, Published, Publisher
from fastscale.pulse.window import LoadWindow
from tests.control.fakes import SERVICE, HandClock, view
from tests.pulse.records import by_name, record, seen

OTHER = "service/shop/other"


def test_a_window_has_a_value_for_each_task_and_the_sum_of_the_service() -> None:
    window = LoadWindow({})
    for _ in range(5):
        window.add(seen(100, 50, responses=10, response_seconds=2, in_progress=3))
    found = by_name(window.close(1_000.0))
    assert found[names.REQUESTS_PER_SECOND]["Values"] == [100, 50]
    assert found[names.AVERAGE_RESPONSE_TIME]["Values"] == [200, 200]
    assert found[names.ACTIVE_CONNECTIONS]["Values"] == [3, 3]
    total = found[names.TOTAL_REQUESTS]
    assert (total["Values"], total["Counts"]) == ([375], [2])  # 750 requests in 5 s
    assert all(datum["StorageResolution"] == 1 and "Dimensions" not in datum for datum in found.values())
    assert window.close(1_005.0) == []


def test_tasks_that_an_alarm_will_act_on_count_without_a_load() -> None:
    window = LoadWindow({})
    window.add(seen(300, 300), 4)
    window.add(seen(300, 300), 1)
    found = by_name(window.close(1_000.0))
    assert found[names.REQUESTS_PER_SECOND]["Values"] == [300, 300, 0]
    assert found[names.TOTAL_REQUESTS]["Counts"] == [2]


def test_tasks_that_come_soon_are_told_from_the_record() -> None:
    known = view(desired=5)
    coming = replace(known, reading=replace(known.reading, starting=(0.0, 80.0, 90.0)))
    cloudwatch = CloudWatch()
    publisher = Publisher({SERVICE: Published("Shop")}, cloudwatch.put, clock=HandClock())
    publisher.add(replace(record(seen(300, 300)), at=100.0, view=coming, startup_seconds=30))
    publisher.close_windows()
    publisher.send()
    assert by_name(cloudwatch.stored)[names.REQUESTS_PER_SECOND]["Values"] == [300, 300, 0]


def test_what_takes_long_to_write_waits_until_there_is_time_for_it_unless_the_end_has_come() -> None:
    happened: list[str] = []
    services = {f"{SERVICE}{number}": Published("Large") for number in range(MANY_METRICS)} | {
        OTHER: Published("Small")
    }
    publisher = Publisher(
        services,
        lambda namespace, _datums: happened.append(namespace),
        clock=HandClock(),
        calm=lambda: happened.append("calm"),
    )

    def work() -> None:
        for service in services:
            publisher.add(replace(record(seen(300)), service=service))

    work()
    publisher.cycle()
    assert happened == [
        "calm",
        *("calm", names.NAMESPACE_PULSE) * happened.count(names.NAMESPACE_PULSE),
        *("calm", "Large") * happened.count("Large"),
        "Small",
    ]

    happened.clear()
    work()
    stop = Event()
    stop.set()
    publisher.run(stop)
    assert set(happened) == {"Large", "Small"}


def test_tasks_that_were_not_read_count_in_the_sum_like_those_that_were() -> None:
    window = LoadWindow({"ServiceName": "web"})
    window.add(seen(100, 50, serving=40))
    found = by_name(window.close(1_000.0))
    assert (found[names.TOTAL_REQUESTS]["Values"], found[names.TOTAL_REQUESTS]["Counts"]) == ([75], [40])
    assert found[names.TOTAL_REQUESTS]["Dimensions"] == [{"Name": "ServiceName", "Value": "web"}]
    assert names.AVERAGE_RESPONSE_TIME not in found


def test_tasks_that_no_promise_reached_are_not_spoken_for() -> None:
    window = LoadWindow({})
    window.add(replace(seen(100, 50, serving=40), silenced=30))
    assert by_name(window.close(1_000.0))[names.TOTAL_REQUESTS]["Counts"] == [30]


def test_many_tasks_are_several_datums_of_150_values() -> None:
    window = LoadWindow({})
    window.add(seen(*range(400)))
    sizes = [len(datum["Values"]) for datum in window.close(0) if datum["MetricName"] == names.REQUESTS_PER_SECOND]
    assert sizes == [150, 150, 100]


def test_calls_stay_within_the_limits_of_put_metric_data() -> None:
    few = [{"MetricName": "a", "Values": [1.0] * 150} for _ in range(200)]
    many = [{"MetricName": "a"} for _ in range(2_500)]
    for datums in (few, many):
        found = list(parts(datums))
        assert [datum for part in found for datum in part] == datums
        assert all(len(part) <= METRICS_A_CALL for part in found)
        assert all(sum(len(datum.get("Values", "-")) for datum in part) <= VALUES_A_CALL for part in found)


class CloudWatch:
    """Keeps what it is given; refuses all calls, those of a namespace, or the next ones as ``errors`` say."""

    def __init__(self) -> None:
        self.away = False
        self.denied = ""
        self.odd = ""
        self.errors: list[StoreError | None] = []
        self.calls: list[tuple[str, list[str]]] = []
        self.stored: list[dict[str, Any]] = []

    def put(self, namespace: str, datums: Sequence[Mapping[str, Any]]) -> None:
        if self.away or namespace == self.denied:
            raise StoreError("PutMetricData: away")
        if namespace == self.odd:
            raise KeyError("an answer of an odd shape")
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.calls.append((namespace, [datum["MetricName"] for datum in datums]))
        self.stored += datums


class Desk:
    """A publisher on a clock of its own."""

    def __init__(self, *, other: str = "FastScaling/Application", dimensions: Dimensions = ()) -> None:
        self.clock = HandClock()
        self.cloudwatch = CloudWatch()
        services = {SERVICE: Published("FastScaling/Application", dimensions=dimensions), OTHER: Published(other)}
        self.publisher = Publisher(services, self.cloudwatch.put, clock=self.clock)

    def interval(self, *services: str, acting: bool = True, tasks: int = 1) -> None:
        """Five seconds with a tick each, then what the publisher's thread does."""
        for _ in range(5):
            for service in services:
                self.publisher.promise(service)
                self.publisher.add(record(seen(*[10.0] * tasks), service=service, acting=acting))
            self.clock.pass_time(1)
        self.publisher.close_windows()
        self.publisher.send()


def test_all_services_of_a_namespace_go_in_one_call_each_interval() -> None:
    desk = Desk()
    desk.interval(SERVICE, OTHER)
    assert desk.cloudwatch.calls == [("FastScaling/Application", [names.REQUESTS_PER_SECOND, names.TOTAL_REQUESTS] * 2)]


def test_tasks_are_promised_silence_only_while_publishing_works() -> None:
    desk = Desk()
    assert desk.publisher.promise(SERVICE) is None
    desk.interval(SERVICE)
    assert desk.publisher.promise(SERVICE) == 15
    assert desk.publisher.promise(OTHER) is None
    desk.cloudwatch.away = True
    desk.interval(SERVICE)
    assert desk.publisher.promise(SERVICE) == 15
    desk.clock.pass_time(12)
    assert desk.publisher.promise(SERVICE) is None


def test_nothing_is_promised_for_metrics_with_dimensions_which_the_header_cannot_tell() -> None:
    desk = Desk(dimensions=(("ClusterName", "shop"),))
    desk.interval(SERVICE, OTHER)
    assert (desk.publisher.promise(SERVICE), desk.publisher.promise(OTHER)) == (None, 15)
    with_dimensions = [datum for datum in desk.cloudwatch.stored if "Dimensions" in datum]
    assert {datum["MetricName"] for datum in with_dimensions} == {names.REQUESTS_PER_SECOND, names.TOTAL_REQUESTS}
    assert all(datum["Dimensions"] == [{"Name": "ClusterName", "Value": "shop"}] for datum in with_dimensions)


def test_nothing_is_promised_that_no_meter_believes() -> None:
    clock = HandClock()
    publisher = Publisher({SERVICE: Published("A", interval_seconds=30)}, CloudWatch().put, clock=clock)
    publisher.add(record(seen(10)))
    publisher.close_windows()
    publisher.send()
    assert publisher.promise(SERVICE) == MOST_SECONDS


def test_what_tasks_left_to_us_is_sent_late_and_what_they_sent_themselves_is_not() -> None:
    desk = Desk()
    desk.cloudwatch.away = True
    desk.interval(SERVICE)  # nothing was promised: the tasks have published this themselves
    desk.cloudwatch.away = False
    desk.clock.pass_time(60)
    desk.publisher.send()
    assert desk.cloudwatch.calls == []

    desk.interval(SERVICE)
    desk.cloudwatch.away = True
    desk.interval(SERVICE)
    desk.cloudwatch.away = False
    desk.clock.pass_time(60)
    desk.publisher.send()
    assert len(desk.cloudwatch.calls) == 2


def test_a_request_that_is_refused_for_good_is_lost_alone(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.interval(SERVICE)
    desk.cloudwatch.errors = [RejectedError("PutMetricData: the value is wrong")]
    desk.interval(SERVICE)  # the tasks left it to us
    desk.interval(SERVICE)
    assert len(desk.cloudwatch.calls) == 2
    assert desk.publisher.calls == {"published": 2, "rejected": 1}
    assert "2 metrics for FastScaling/Application are lost: PutMetricData: the value is wrong" in caplog.text


def test_a_namespace_that_is_denied_holds_up_no_other() -> None:
    desk = Desk(other="Denied")
    desk.interval(SERVICE, OTHER)
    desk.cloudwatch.denied = "Denied"
    for _ in range(3):
        desk.interval(SERVICE, OTHER)
    assert [namespace for namespace, _ in desk.cloudwatch.calls].count("FastScaling/Application") == 4
    assert (desk.publisher.promise(SERVICE), desk.publisher.promise(OTHER)) == (15, None)


def test_what_is_stored_already_is_not_sent_again() -> None:
    desk = Desk()
    desk.interval(SERVICE)
    desk.cloudwatch.stored.clear()
    desk.cloudwatch.errors = [None, StoreError("PutMetricData: throttled")]
    desk.interval(SERVICE, tasks=12_000)  # several calls
    sent = len(desk.cloudwatch.stored)
    assert 0 < sent < 81
    assert desk.publisher.promise(SERVICE) == 15  # by the interval before
    desk.clock.pass_time(60)
    desk.publisher.send()
    rates = [value for datum in desk.cloudwatch.stored for value in datum.get("Values", ())]
    assert len(rates) == 12_001
    assert len(desk.cloudwatch.stored) == 81


def test_an_outage_keeps_what_was_left_to_us_for_ten_minutes_and_nothing_else() -> None:
    desk = Desk()
    desk.interval(SERVICE)
    desk.cloudwatch.away = True
    for _ in range(30):
        desk.interval(SERVICE)
    desk.cloudwatch.away = False
    desk.clock.pass_time(20)
    desk.publisher.send()
    assert 3 <= len(desk.cloudwatch.calls) <= 5  # one before, and those for which promises still held
    desk.cloudwatch.away = True
    desk.interval(SERVICE)
    desk.clock.pass_time(WAITING_SECONDS + 1)
    desk.interval(SERVICE)
    desk.cloudwatch.away = False
    desk.cloudwatch.calls.clear()
    desk.clock.pass_time(20)
    desk.publisher.send()
    assert desk.cloudwatch.calls == []


def test_metrics_have_the_time_of_the_decisions_not_of_a_clock_that_was_set() -> None:
    wall, monotonic = HandClock(1_000_000.0), HandClock(0.0)
    cloudwatch = CloudWatch()
    clock = SteadyClock(wall.now, monotonic.monotonic)
    publisher = Publisher({SERVICE: Published("A")}, cloudwatch.put, clock=clock)
    wall.pass_time(-600)  # somebody sets the clock back
    wall.pass_time(5)
    monotonic.pass_time(5)
    publisher.add(record(seen(10)))
    publisher.close_windows()
    publisher.send()
    assert cloudwatch.stored[0]["Timestamp"].timestamp() == pytest.approx(1_000_005, abs=1)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidParameterValue", RejectedError),
        (413, "RequestEntityTooLarge", RejectedError),
        (400, "Throttling", StoreError),
        (400, "LimitExceeded", StoreError),
        (403, "AccessDenied", StoreError),
        (400, "AccessDeniedException", StoreError),
        (400, "IncompleteSignature", StoreError),
        (500, "InternalServiceFault", StoreError),
    ],
)
def test_only_a_request_that_is_wrong_itself_is_given_up(status: int, code: str, kind: type[StoreError]) -> None:
    class Client:
        def put_metric_data(self, **_: Any) -> None:
            raise ClientError(
                {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}},
                "PutMetricData",
            )

    with pytest.raises(StoreError, match=code) as raised:
        put(Client(), "A", [])
    assert type(raised.value) is kind


def test_a_replica_that_does_not_act_neither_publishes_the_load_nor_promises_it() -> None:
    desk = Desk()
    desk.interval(SERVICE)
    desk.interval(SERVICE, acting=False)
    assert len(desk.cloudwatch.calls) == 1
    assert desk.publisher.promise(SERVICE) is None


def test_the_thread_outlives_a_bad_cycle() -> None:
    desk, stop = Desk(), Event()
    bad = [KeyError("an answer of an odd shape")]

    def put(namespace: str, datums: Sequence[Mapping[str, Any]]) -> None:
        if bad:
            raise bad.pop()
        desk.cloudwatch.put(namespace, datums)
        stop.set()

    publisher = Publisher({SERVICE: Published("A", interval_seconds=0.01)}, put, clock=SteadyClock())
    thread = Thread(target=publisher.run, args=(stop,))
    thread.start()
    while thread.is_alive():
        publisher.add(record(seen(10)))
        thread.join(0.01)
    assert desk.cloudwatch.calls
    assert not bad


def test_a_namespace_that_fails_in_an_unforeseen_way_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    assert min(names.NAMESPACE_PULSE, "FastScaling/Application") == "FastScaling/Application"  # it is the first to go
    desk.cloudwatch.odd = "FastScaling/Application"
    desk.interval(SERVICE)
    desk.publisher.cycle()
    assert [namespace for namespace, _ in desk.cloudwatch.calls] == [names.NAMESPACE_PULSE]
    assert desk.publisher.calls == {"failed": 1, "published": 1}
    assert desk.publisher.promise(SERVICE) is None
    (line,) = [line for line in caplog.records if line.exc_info]
    assert line.getMessage().startswith("metrics for FastScaling/Application are not published")

    desk.cloudwatch.odd = ""
    desk.clock.pass_time(60)
    desk.interval(SERVICE)
    assert desk.publisher.promise(SERVICE) == 15


def test_an_unforeseen_failure_is_tried_again_later_and_later() -> None:
    desk = Desk()
    desk.interval(SERVICE)
    desk.cloudwatch.odd = "FastScaling/Application"
    for _ in range(60):
        desk.interval(SERVICE)
    assert 60 / 4 < desk.publisher.calls["failed"] <= 60
    desk.cloudwatch.odd = ""
    desk.clock.pass_time(10)
    desk.publisher.send()
    assert 3 <= len(desk.cloudwatch.calls) <= 5  # what tasks left to us by their promises, and no more


def test_pulse_tells_its_own_condition_and_beats_only_while_it_ticks() -> None:
    desk = Desk()
    desk.interval(SERVICE)
    desk.publisher.close_conditions()
    desk.publisher.send()
    namespace, found = desk.cloudwatch.calls[-1]
    assert namespace == names.NAMESPACE_PULSE
    assert found == [
        names.PULSE_HEARTBEAT,
        names.PULSE_DECISION_LATENCY,
        names.PULSE_SCRAPE_FAILURES,
        names.PULSE_SAMPLED_SHARE,
    ]
    desk.publisher.close_conditions()
    desk.publisher.send()
    assert len(desk.cloudwatch.calls) == 2
