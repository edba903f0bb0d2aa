import io
import threading
import time
from collections.abc import Iterator
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults

import pytest

from fastscale.meter import Interval, Meter, MeterWsgi
from tests.meter.sinks import ListSink


@pytest.fixture
def meter() -> Iterator[Meter]:
    meter = Meter(ListSink())
    yield meter
    meter.stop(1)


def seen(meter: Meter) -> Interval:
    return meter.snapshot().total


def environ(path: str = "/items", **headers: str) -> dict[str, Any]:
    made: dict[str, Any] = {"PATH_INFO": path, "wsgi.file_wrapper": FileWrapper, **headers}
    setup_testing_defaults(made)
    return made


def request(app: Any, asked: dict[str, Any] | None = None, *, read: int | None = None) -> tuple[str, bytes]:
    """Play the server's part: read ``read`` chunks (None for all), and close the body as PEP 3333 demands."""
    statuses: list[str] = []
    body = app(asked or environ(), lambda status, headers, *exc_info: statuses.append(status) or (lambda data: None))
    chunks = []
    try:
        for chunk in body:
            chunks.append(chunk)
            if len(chunks) == read:
                break
    finally:
        if hasattr(body, "close"):
            body.close()
    return statuses[0], b"".join(chunks)


def answers(status: str, body: Any) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response(status, [])
        return body

    return app


def test_a_plain_answer_passes_through_unchanged(meter: Meter) -> None:
    body = [b"hello"]
    assert MeterWsgi(answers("200 OK", body), meter)(environ(), lambda *_: lambda data: None) is body
    assert (seen(meter).arrived, seen(meter).active, seen(meter).responses.count) == (1, 0, 1)


def test_errors_by_class(meter: Meter) -> None:
    for status in ("204 No Content", "404 Not Found", "503 Service Unavailable"):
        assert request(MeterWsgi(answers(status, [b""]), meter))[0] == status
    assert (seen(meter).client_errors, seen(meter).server_errors) == (1, 1)


def test_an_exception_is_a_server_error_and_goes_on(meter: Meter) -> None:
    def broken(environ: Any, start_response: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        request(MeterWsgi(broken, meter))
    assert (seen(meter).active, seen(meter).server_errors) == (0, 1)


def test_a_stream_counts_when_it_ends(meter: Meter) -> None:
    def stream() -> Iterator[bytes]:
        for _ in range(3):
            time.sleep(0.02)
            assert (seen(meter).active, seen(meter).responses.count) == (1, 0)
            yield b"x"

    assert request(MeterWsgi(answers("200 OK", stream()), meter)) == ("200 OK", b"xxx")
    assert (seen(meter).active, seen(meter).responses.count) == (0, 1)
    assert seen(meter).responses.total_seconds >= 0.06


def test_a_stream_that_fails_is_a_server_error(meter: Meter) -> None:
    def stream() -> Iterator[bytes]:
        yield b"x"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        request(MeterWsgi(answers("200 OK", stream()), meter))
    assert (seen(meter).active, seen(meter).server_errors, seen(meter).disconnects) == (0, 1, 0)


def test_a_client_that_leaves_during_a_stream_counts_once_and_the_applications_body_is_closed(meter: Meter) -> None:
    class Body:
        closed = 0

        def __iter__(self) -> Iterator[bytes]:
            return iter([b"x", b"y", b"z"])

        def close(self) -> None:
            self.closed += 1

    body = Body()
    assert request(MeterWsgi(answers("200 OK", body), meter), read=1) == ("200 OK", b"x")
    assert (seen(meter).arrived, seen(meter).active, seen(meter).disconnects) == (1, 0, 1)
    assert seen(meter).responses.count == 0
    assert body.closed == 1


def test_a_file_stays_in_the_servers_own_wrapper(meter: Meter) -> None:
    file = FileWrapper(io.BytesIO(b"data"))
    assert MeterWsgi(answers("200 OK", file), meter)(environ(), lambda *_: lambda data: None) is file
    assert seen(meter).active == 0


def test_health_checks_are_not_counted(meter: Meter) -> None:
    assert request(MeterWsgi(answers("200 OK", [b"ok"]), meter), environ("/health")) == ("200 OK", b"ok")
    assert seen(meter).arrived == 0
    assert meter.running


def test_queue_time_comes_from_the_load_balancers_header(meter: Meter) -> None:
    request(MeterWsgi(answers("200 OK", [b""]), meter), environ(HTTP_X_REQUEST_START=f"t={time.time() - 2:.3f}"))
    assert seen(meter).queue.average == pytest.approx(2, abs=0.2)


def test_a_scraper_gets_prometheus_text_and_others_the_applications_page(meter: Meter) -> None:
    app = MeterWsgi(answers("200 OK", [b"mine"]), meter, prometheus_path="/metrics")
    assert request(app, environ("/metrics", HTTP_ACCEPT="text/html")) == ("200 OK", b"mine")
    request(app)
    status, text = request(app, environ("/metrics", HTTP_ACCEPT="text/plain;version=0.0.4"))
    assert status == "200 OK"
    assert b"fastscale_requests_total 1\n" in text


def test_many_threads_are_counted_exactly(meter: Meter) -> None:
    app = MeterWsgi(answers("500 Oops", [b""]), meter)
    threads = [threading.Thread(target=lambda: [request(app) for _ in range(2000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen(meter).arrived, seen(meter).active, seen(meter).server_errors) == (16_000, 0, 16_000)
