import socket
from threading import Event

from fastscale.ports import Target
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
