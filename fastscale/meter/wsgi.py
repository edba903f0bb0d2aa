"""The meter as WSGI middleware (Flask, Django, or any other WSGI application)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from time import perf_counter
from typing import Any

from fastscale.meter.meter import HEALTH_PATHS, Meter
from fastscale.meter.prometheus import CONTENT_TYPE, prometheus_text, wants_prometheus
from fastscale.meter.recorder import ARRIVED, DISCONNECT, LEFT, SERVER_ERROR

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
App = Callable[[Environ, StartResponse], Iterable[bytes]]


class MeterWsgi:
    """Counts the requests of ``app`` with ``meter``, except those to the paths in ``exclude``.

    ``prometheus_path`` is that of :class:`fastscale.meter.asgi.MeterMiddleware`.
    """

    def __init__(
        self,
        app: App,
        meter: Meter,
        *,
        exclude: Collection[str] = HEALTH_PATHS,
        prometheus_path: str | None = None,
    ) -> None:
        self._app = app
        self._meter = meter
        self._prometheus_path = prometheus_path
        self._uncounted = frozenset((*exclude, prometheus_path))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request of the WSGI protocol."""
        if not self._meter.running:
            self._meter.start()
        path = environ.get("PATH_INFO")
        if path == self._prometheus_path and wants_prometheus(environ.get("HTTP_ACCEPT", "")):
            body = prometheus_text(self._meter.scraped(_headers(environ))).encode()
            start_response("200 OK", [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(body)))])
            return [body]
        if path in self._uncounted:
            return self._app(environ, start_response)
        return self._counted(environ, start_response)

    def _counted(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = _Request(self._meter, start_response)
        header = environ.get("HTTP_X_REQUEST_START") or environ.get("HTTP_X_AMZN_TRACE_ID")
        if header:
            self._meter.recorder.queued.append((request.started, header.encode("latin-1")))
        try:
            body = self._app(environ, request.start_response)
        except BaseException:
            request.end(500)
            raise
        if isinstance(body, list | tuple) or _is_file(body, environ):
            # The whole answer is known, or the server sends the file by itself and must see its own wrapper.
            request.end()
            return body
        return _Body(body, request)


class _Request:
    """One request in progress."""

    __slots__ = ("_meter", "_start_response", "_status", "ended", "started")

    def __init__(self, meter: Meter, start_response: StartResponse) -> None:
        self._meter = meter
        self._start_response = start_response
        self._status = 500  # until the application says better
        self.ended = False
        self.started = perf_counter()
        meter.recorder.events.append(ARRIVED)

    def start_response(
        self, status: str, headers: list[tuple[str, str]], *exc_info: object
    ) -> Callable[[bytes], object]:
        """Note the status and pass it on."""
        self._status = int(status[:3])
        return self._start_response(status, headers, *exc_info)

    def end(self, status: int | None = None) -> None:
        """The response is complete, with ``status`` or the one the application gave."""
        if self.ended:
            return
        self.ended = True
        self._meter.recorder.events.append(perf_counter() - self.started)
        status = status or self._status
        if status >= 400:
            self._meter.recorder.outcomes.append(SERVER_ERROR if status >= 500 else status // 100)

    def leave(self) -> None:
        """The server gave up before the end: the client is gone."""
        if self.ended:
            return
        self.ended = True
        self._meter.recorder.events.append(LEFT)
        self._meter.recorder.outcomes.append(DISCONNECT)


class _Body:
    """A response body that tells ``request`` when it ends, fails, or is closed early."""

    def __init__(self, body: Iterable[bytes], request: _Request) -> None:
        self._body = body
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._body
        except Exception:
            self._request.end(500)
            raise
        self._request.end()

    def close(self) -> None:
        """Called by the server at the end of every request (PEP 3333), whether the body was read to its end or not."""
        self._request.leave()
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


def _headers(environ: Environ) -> dict[str, str]:
    """By lower-case names."""
    return {key[5:].replace("_", "-").lower(): str(value) for key, value in environ.items() if key[:5] == "HTTP_"}


def _is_file(body: Iterable[bytes], environ: Environ) -> bool:
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)
