from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.pulse.scrape.answer import MOST_BODY_BYTES, Answer
from fastscale.pulse.scrape.failure import Failure, ReadError

BODY = b"fastscale_requests_total 12\n"
WITH_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 28\r\n\r\n" + BODY
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    b"A;note=x\r\nfastscale_\r\n12\r\nrequests_total 12\n\r\n0\r\nDigest: x\r\n\r\n"
)
UNTIL_CLOSED = b"HTTP/1.0 200 OK\r\n\r\n" + BODY


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % len(data) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in pairwise(places) if begin < end]


def fed(data: bytes, cuts: list[int]) -> tuple[Answer, bool]:
    answer, done = Answer(), False
    for piece in pieces(data, cuts):
        assert not done
        done = answer.feed(piece)
    return answer, done


def refusal(data: bytes) -> Failure:
    with pytest.raises(ReadError) as caught:
        Answer().feed(data)
    return caught.value.kind


@given(st.sampled_from([WITH_LENGTH, CHUNKED]), st.lists(st.integers(min_value=0), max_size=8))
def test_an_answer_may_come_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    answer, done = fed(data, cuts)
    assert (done, answer.body, answer.reusable) == (True, BODY, True)


@given(st.sampled_from([WITH_LENGTH, CHUNKED]), st.integers(min_value=0))
def test_a_part_of_an_answer_is_none_even_when_the_connection_ends(data: bytes, cut: int) -> None:
    answer, done = fed(data[: cut % len(data)], [])
    assert not done
    assert not answer.end()


@pytest.mark.parametrize(
    "whole",
    [WITH_LENGTH.replace(b" 28", b" 27")[:-1], CHUNKED.replace(b"12\r\nreq", b"11\r\nreq").replace(b" 12\n", b" 12")],
)
def test_a_body_that_is_known_to_be_whole_needs_no_line_feed_at_its_end(whole: bytes) -> None:
    answer, done = fed(whole, [])
    assert (done, answer.body, answer.reusable) == (True, BODY, True)


def test_without_a_length_nothing_is_added_to_the_last_line() -> None:
    answer, _ = fed(UNTIL_CLOSED[:-2], [])
    assert answer.end()
    assert answer.body == BODY[:-2]


def test_without_a_length_the_the_end_of_the_connection_is_the_end_of_the_answer() -> None:
    answer, done = fed(UNTIL_CLOSED, [25])
    assert not done
    assert answer.end()
    assert (answer.body, answer.reusable) == (BODY, False)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", Failure.MALFORMED),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", Failure.STATUS),
        (b"HTTP/1.1 500 Internal Server Error\r\n\r\n", Failure.STATUS),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", Failure.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", Failure.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n", Failure.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", Failure.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_BODY_BYTES + 1), Failure.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000, Failure.TOO_LARGE),
    ],
)
def test_what_is_no_page_of_metrics_is_refused(data: bytes, kind: Failure) -> None:
    assert refusal(data) is kind


@pytest.mark.parametrize("field", [b"Connection: close", b"connection: Keep-Alive, Close"])
def test_a_connection_that_will_be_closed_is_not_used_again(field: bytes) -> None:
    answer, done = fed(WITH_LENGTH.replace(b"Content-Type: text/plain", field), [])
    assert (done, answer.body, answer.reusable) == (True, BODY, False)


def test_bytes_after_the_answer_belong_to_no_question() -> None:
    answer, done = fed(WITH_LENGTH + b"HTTP/1.1 200 OK\r\n", [])
    assert (done, answer.body, answer.reusable) == (True, BODY, False)
