import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count

import pytest

from fastscale.plan import PulseScrape
from fastscale.ports import LoadRound, ReadRequest, Target
from fastscale.pulse.scrape import Scraper
from tests.pulse.scrape.served import (
    Behaviour,
    Task,
    answer,
    drop_by_drop,
    saying,
    silent,
    well,
    without_end,
)

SERVICE = "service/shop/web"

Start = Callable[..., Task]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def started(behave: Behaviour | None = None) -> Task:
            task = Task(behave)
            stack.callback(task.close)
            return task

        yield started


@pytest.fixture
def scraper() -> Iterator[Scraper]:
    made = Scraper(chance=random.Random(1))
    yield made
    made.close()


def target(task: Task) -> Target:
    return Target("127.0.0.1", task.port)


def look(scraper: Scraper, *tasks: Task, timeout_seconds: float = 0.3, **request: int) -> LoadRound:
    targets = [target(task) for task in tasks]
    scrape = PulseScrape(timeout_seconds=timeout_seconds)
    return scraper.read({SERVICE: ReadRequest(scrape=scrape, targets=targets, **request)}, now=0.0)[SERVICE]


def test_the_second_reading_tells_what_happened_between_the_two(start: Start, scraper: Scraper) -> None:
    one, other = start(), start()
    first = look(scraper, one, other)
    assert (first.asked, first.answered, first.load) == (2, 2, None)

    time.sleep(0.2)
    one.requests, other.requests = 20, 60
    second = look(scraper, one, other)
    assert second.load is not None
    assert second.load.arrivals == 80
    assert second.load.rate == pytest.approx(80 / second.load.seconds, rel=0.1)
    assert second.load.seconds == pytest.approx(0.2, abs=0.1)
    assert (second.load.relative_error, second.load.in_progress) == (0, 4)
    assert {load.target: load.arrivals for load in second.tasks} == {target(one): 20, target(other): 60}


def test_connections_are_kept_and_those_of_tasks_that_left_are_closed(start: Start, scraper: Scraper) -> None:
    one, other = start(), start()
    for _ in range(5):
        look(scraper, one, other)
    assert (one.connections, other.connections) == (1, 1)
    look(scraper, one)
    look(scraper, one, other)
    assert (one.connections, other.connections) == (1, 2)


def test_a_connection_that_was_closed_meanwhile_is_opened_again_without_a_failure(
    start: Start, scraper: Scraper
) -> None:
    task = start()
    look(scraper, task)
    task.hang_up()
    assert (look(scraper, task).answered, task.connections) == (1, 2)


@pytest.mark.parametrize(
    ("behave", "kind"),
    [
        (silent, "timeout"),
        (drop_by_drop, "timeout"),
        (without_end, "too_large"),
        (saying(answer(b"", "500 Internal Server Error")), "status"),
        (saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), "status"),
        (saying(answer(b"fastscale_requests_total 12\n")[:-3], keep=False), "closed"),
        (saying(b"", keep=False), "closed"),
        (saying(b"220 mail.example.com ESMTP\r\n\r\n"), "malformed"),
        (saying(answer(b"fastscale_requests_total oops\n")), "malformed"),
        (saying(answer(b"{}\n")), "missing"),
    ],
)
def test_a_bad_task_is_counted_by_kind_and_taken_for_one_like_the_others(
    start: Start, scraper: Scraper, behave: Behaviour, kind: str
) -> None:
    sound, bad = start(), start()
    look(scraper, sound, bad)
    time.sleep(0.1)
    sound.requests, bad.behave = 50, behave
    began = time.monotonic()
    seen = look(scraper, sound, bad)
    assert time.monotonic() - began < 0.6
    assert (seen.asked, seen.answered, dict(seen.failures)) == (2, 1, {kind: 1})
    assert seen.load is not None
    assert seen.load.rate == pytest.approx(2 * 50 / seen.load.seconds)
    assert seen.load.relative_error > 0


def test_a_task_that_recovers_has_a_rate_over_the_whole_time(start: Start, scraper: Scraper) -> None:
    task = start()
    look(scraper, task)
    task.behave = saying(answer(b"", "503 Service Unavailable"))
    assert look(scraper, task).load is None
    time.sleep(0.2)
    task.behave, task.requests = well, 30
    seen = look(scraper, task).load
    assert seen is not None
    assert (seen.arrivals, seen.seconds > 0.2) == (30, True)


def test_after_a_long_silence_a_task_begins_anew(start: Start, scraper: Scraper) -> None:
    task = start()
    look(scraper, task)
    task.behave = saying(answer(b"", "503 Service Unavailable"))
    for _ in range(3):
        look(scraper, task)
    task.behave, task.requests = well, 30
    assert look(scraper, task).load is None
    assert look(scraper, task).load is not None


def test_a_counter_that_fell_is_a_new_beginning(start: Start, scraper: Scraper) -> None:
    task = start()
    task.requests = 1_000_000
    look(scraper, task)
    task.requests = 400_000  # another process of the task, or a new one: either way no 400,000 requests came
    seen = look(scraper, task)
    assert (seen.answered, seen.load) == (1, None)
    task.requests = 400_010
    after = look(scraper, task).load
    assert after is not None
    assert after.arrivals == 10


def test_nobody_listens_or_the_address_is_none(start: Start, scraper: Scraper) -> None:
    task = start()
    gone = start()
    gone.close()
    scrape = PulseScrape(timeout_seconds=0.3)
    targets = [target(task), target(gone), Target("task.internal", 8080), Target("fe80::1%lo", 80)]
    seen = scraper.read({SERVICE: ReadRequest(scrape=scrape, targets=targets)}, now=0.0)[SERVICE]
    assert (seen.asked, seen.answered, dict(seen.failures)) == (4, 1, {"refused": 1, "address": 2})


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")
def test_a_task_may_have_an_ipv6_address() -> None:
    with closing(Task(host="::1")) as task, closing(Scraper()) as scraper:
        there = Target("::1", task.port)
        request = ReadRequest(scrape=PulseScrape(), targets=[there])
        scraper.read({SERVICE: request}, now=0.0)
        task.requests = 30
        seen = scraper.read({SERVICE: request}, now=0.0)[SERVICE]
        assert [(load.target, load.arrivals) for load in seen.tasks] == [(there, 30)]
        assert task.heads[0].startswith(f"GET /metrics HTTP/1.1\r\nHost: [::1]:{task.port}\r\n")


def test_tasks_are_told_for_how_long_they_need_not_publish(start: Start, scraper: Scraper) -> None:
    task = start()
    look(scraper, task)
    look(scraper, task, published_for_seconds=15)
    assert "X-FastScale-Published-For" not in task.heads[0]
    assert "X-FastScale-Published-For: 15\r\n" in task.heads[1]
    assert task.heads[1].startswith(f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{task.port}\r\n")


def test_the_plan_may_name_another_port_and_path(start: Start, scraper: Scraper) -> None:
    task = start(saying(answer(b'http_total{path="/"} 3\nhttp_total{path="/a"} 4\nbusy 1\n')))
    scrape = PulseScrape(path="/a b\r\nX: y", port=task.port, requests_metric="http_total", active_metric="busy")
    request = ReadRequest(scrape=scrape, targets=[Target("127.0.0.1", 1)])
    scraper.read({SERVICE: request}, now=0.0)
    seen = scraper.read({SERVICE: request}, now=0.0)[SERVICE].load
    assert seen is not None
    assert (seen.arrivals, seen.in_progress) == (0, 1)
    assert task.heads[0].startswith("GET /a%20b%0D%0AX:%20y HTTP/1.1\r\n")


def test_a_service_with_many_tasks_is_sampled_and_all_share_what_can_be_read(start: Start) -> None:
    scraper = Scraper(most_reads=6, chance=random.Random(1))
    tasks = [start() for _ in range(9)]
    requests = {
        "large": ReadRequest(scrape=PulseScrape(), targets=[target(task) for task in tasks[:7]]),
        "small": ReadRequest(scrape=PulseScrape(), targets=[target(task) for task in tasks[7:]]),
    }
    scraper.read(requests, now=0.0)
    for task in tasks:
        task.requests = 5
    time.sleep(0.05)
    seen = scraper.read(requests, now=0.0)
    assert (seen["large"].asked, seen["small"].asked) == (4, 2)
    load = seen["large"].load
    assert load is not None
    assert load.tasks_serving == 7
    assert load.tasks_read in {3, 4}  # one may be new in the sample: it has no rate yet
    assert load.rate == pytest.approx(7 * 5 / load.seconds, rel=0.2)
    assert 0 < load.relative_error < 0.5
    scraper.close()


def test_services_that_are_no_longer_asked_for_are_forgotten(start: Start, scraper: Scraper) -> None:
    task = start()
    look(scraper, task)
    assert scraper.read({}, now=0.0) == {}
    assert look(scraper, task).load is None


def test_those_for_whom_there_was_no_time_are_asked_first_in_the_next_round() -> None:
    ticks = count()
    scraper = Scraper(chance=random.Random(1), monotonic=lambda: 0.02 * next(ticks))  # 32 questions take 0.64 s
    scrape = PulseScrape(timeout_seconds=0.5)
    requests = {
        "large": ReadRequest(scrape=scrape, targets=[Target(f"127.0.0.{number}", 1) for number in range(1, 33)]),
        "small": ReadRequest(scrape=scrape, targets=[Target(f"127.0.1.{number}", 1) for number in range(1, 9)]),
    }
    first, second = scraper.read(requests, now=0.0), scraper.read(requests, now=0.0)
    assert (first["large"].asked, first["small"].asked) == (32, 0)
    assert (second["large"].asked, second["small"].asked) == (24, 8)
    scraper.close()
