import socket
from threading import Event

import pytest

from fastscale.ports import Target
from fastscale.pulse.scrape import fetcher as fetching
from fastscale.pulse.scrape.connection import Question
from fastscale.pulse.scrape.failure import Failure
from fastscale.pulse.scrape.fetcher import Fetcher, Reading
from fastscale.pulse.scrape.samples import Samples
from tests.pulse.scrape.served import Task, answer, well

HALF = 300_000


def half_of_it(_task: Task, connection: socket.socket) -> bool:
    connection.sendall(answer(b"x" * 2 * HALF)[:HALF])
    Event().wait(1.0)
    return False


def question(task: Task) -> Question:
    request = b"GET /metrics HTTP/1.1\r\n\r\n"
    return Question(Target("127.0.0.1", task.port), request, lambda body: Samples(len(body)), 0.4)


def test_unfinished_answers_take_so_much_memory_together_and_no_more() -> None:
    fetcher = Fetcher(most_held_bytes=2 * HALF + 1000)
    tasks = [Task(half_of_it) for _ in range(3)]
    asked = [question(task) for task in tasks]
    kinds = sorted(map(str, fetcher.fetch(asked, 0.4).values()))
    assert kinds == [Failure.TIMEOUT, Failure.TIMEOUT, Failure.TOO_LARGE]

    for task in tasks:
        task.behave = well
    assert all(isinstance(found, Reading) for found in fetcher.fetch(asked, 0.4).values())
    fetcher.close()
    for task in tasks:
        task.close()


@pytest.mark.parametrize(("a_second", "renewals"), [(100, 16), (0.1, 8)])
def test_connections_last_longer_when_there_are_many(
    monkeypatch: pytest.MonkeyPatch, a_second: float, renewals: int
) -> None:
    monkeypatch.setattr(fetching, "RENEWED_A_SECOND", a_second)
    seconds = 0.0
    fetcher = Fetcher(lambda: seconds)
    tasks = [Task(well) for _ in range(4)]
    asked = [question(task) for task in tasks]
    renewed = 0
    while seconds < 80:
        found = fetcher.fetch(asked, 0.4).values()
        renewed += sum(isinstance(one, Reading) and one.renewed for one in found)
        assert all(isinstance(one, Reading) for one in found)
        seconds += 1
    fetcher.close()
    for task in tasks:
        task.close()
    assert renewed == pytest.approx(renewals, abs=3)


def test_connections_that_were_slow_together_are_not_renewed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "RENEWED_A_SECOND", 1)
    seconds = 0.0
    fetcher = Fetcher(lambda: seconds)
    tasks = [Task(well) for _ in range(8)]
    asked = [question(task) for task in tasks]
    rounds = []
    while seconds < 32:
        monkeypatch.setattr(fetching, "_PROMPT_SECONDS", -1 if seconds <= 20 else 1)  # no answer is prompt at first
        found = fetcher.fetch(asked, 0.4).values()
        rounds.append(sum(isinstance(one, Reading) and one.renewed for one in found))
        seconds += 1
    fetcher.close()
    for task in tasks:
        task.close()
    assert rounds[:25] == [0] * 25
    assert rounds[25:] == [2, 2, 2, 2, 0, 0, 0]
