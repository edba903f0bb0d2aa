"""A question is written once, and again only when it is to say something else."""

from fastscale.plan import PulseScrape
from fastscale.ports import ReadRequest, Target
from fastscale.pulse.scrape.questions import Questions


def request(*targets: Target, seconds: int | None = None, **scrape: object) -> ReadRequest:
    return ReadRequest(scrape=PulseScrape.model_validate(scrape), targets=targets, published_for_seconds=seconds)


def tasks(first: int, count: int = 5) -> tuple[Target, ...]:
    return tuple(Target("10.0.0.1", first + number) for number in range(count))


def test_the_same_task_is_asked_the_same_question() -> None:
    questions, asked = Questions(), tasks(8000)
    once = questions.to(asked, request(*asked))
    assert list(once) == list(asked)
    again = questions.to(asked[:2], request(*asked))
    assert all(again[target] is once[target] for target in asked[:2])


def test_it_says_what_is_promised_now_and_asks_where_the_plan_says() -> None:
    questions, asked = Questions(), tasks(8000, 1)
    assert b"8000\r\n" in questions.to(asked, request(*asked))[asked[0]].request
    promised = questions.to(asked, request(*asked, seconds=15))[asked[0]].request
    assert promised.count(b": 15\r\n") == 1
    elsewhere = questions.to(asked, request(*asked, port=9090, path="/stats"))[asked[0]]
    assert elsewhere.target == Target("10.0.0.1", 9090)
    assert elsewhere.request.startswith(b"GET /stats HTTP/1.1\r\nHost: 10.0.0.1:9090\r\n")
    assert b": 15" not in elsewhere.request


def test_only_those_that_are_asked_anew_are_asked_anew_and_only_then() -> None:
    questions, asked = Questions(), tasks(8000)
    found = questions.to(asked, request(*asked), anew={asked[3]})
    assert [question.anew for question in found.values()] == [False, False, False, True, False]
    assert not any(question.anew for question in questions.to(asked, request(*asked)).values())


def test_tasks_that_are_gone_are_forgotten() -> None:
    questions, first = Questions(), tasks(8000)
    oldest = questions.to(first, request(*first))[first[0]]
    for number in range(1, 10):
        others = tasks(8000 + 5 * number)
        questions.to(others, request(*others))
    again = questions.to(first, request(*first))[first[0]]
    assert again.request == oldest.request
    assert again is not oldest
