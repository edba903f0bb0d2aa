"""The open loop itself, with Locust as the engine. Importing this module patches the process for gevent.

One Locust user plays the whole public: its task walks along the arrivals and starts a greenlet for each, so a slow
server does not lower the offered rate (Locust's maintainers recommend greenlets inside a task for what a user does
at the same time, and ``FastHttpUser.concurrency`` for the connections they share).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import AsyncResult, Event
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.url import URL
from locust import FastHttpUser, task
from locust.contrib.fasthttp import FastHttpSession, FastResponse, LocustUserAgent
from locust.env import Environment
from locust.exception import StopUser

from fastscale import names
from fastscale.load.records import Failure, Record, Start
from fastscale.load.settings import LoadSettings
from fastscale.load.shape import arrivals
from fastscale.load.tally import Tally

#: Lag of the start, so that everything is up when the first request is due.
WARM_UP_SECONDS = 0.2


class _OneTryPool(HTTPClientPool):
    """Connections without the client's silent second tries, so that one arrival is one request on the wire.

    geventhttpclient sends a GET again, up to pool size + 1 times, when the server closes the connection without an
    answer: a reset would not be seen, and a failing server would get a multiple of the offered load.
    """

    def get_client(self, url: str | URL) -> HTTPClient:
        client = super().get_client(url)
        client._connection_pool.size = -1  # only read to count tries; the client has no public setting
        return client


class OpenLoop:
    """Walks along the arrivals and the seconds in the order of time; ``emit`` gets a record as soon as it exists."""

    def __init__(self, settings: LoadSettings, emit: Callable[[Record], None]) -> None:
        self.settings = settings
        self._emit = emit
        self._stop = Event()
        self._zero = 0.0
        self._tally = Tally(0.0)
        self._next_second = 1

    def stop(self) -> None:
        """End now: nothing more is sent, requests in flight stay unanswered."""
        self._stop.set()

    def run(self, session: FastHttpSession) -> None:
        """Offer the whole shape through ``session``, wait for the last answers, and give the summary."""
        settings = self.settings
        self._zero = time.perf_counter() + WARM_UP_SECONDS
        start = round(time.time() + WARM_UP_SECONDS, 3)
        self._tally = Tally(start)
        self._emit(_start_record(settings, start))
        for arrival in arrivals(settings.shape, seed=settings.seed, spacing=settings.spacing):
            if not self._reach(arrival):
                break
            self._dispatch(session, arrival)
        self._drain()
        cpu_seconds, stopped = time.process_time(), self._stop.is_set()
        self._emit(self._tally.summary(self._now(), cpu_seconds=cpu_seconds, stopped=stopped))

    def on_request(
        self,
        response: FastResponse,
        exception: BaseException | None,
        context: dict[str, float],
        **_: Any,
    ) -> None:
        """Listener of Locust's request event: one request has ended."""
        self._tally.ended(context["arrival"], self._now(), _failure(response, exception))

    def _now(self) -> float:
        return time.perf_counter() - self._zero

    def _reach(self, moment: float) -> bool:
        """Sleep until ``moment``, closing the seconds that end before it. False when stopped."""
        while self._next_second <= moment:
            if not self._sleep_until(self._next_second):
                return False
            for record in self._tally.close_second():
                self._emit(record)
            self._next_second += 1
        return self._sleep_until(moment)

    def _sleep_until(self, moment: float) -> bool:
        wait_seconds = moment - self._now()
        if wait_seconds > 0:
            self._stop.wait(wait_seconds)
        return not self._stop.is_set()

    def _dispatch(self, session: FastHttpSession, arrival: float) -> None:
        in_flight = self._tally.in_flight
        self._tally.offered(arrival, self._now())
        if in_flight >= self.settings.max_in_flight:
            self._tally.ended(arrival, self._now(), Failure.NOT_SENT)
            return
        self._tally.sent()
        gevent.spawn(self._send, session, arrival)

    def _send(self, session: FastHttpSession, arrival: float) -> None:
        # The session catches the time-out and reports it through the request event like any other failure.
        with gevent.Timeout(self.settings.timeout_seconds):
            session.get(self.settings.path, context={"arrival": arrival})

    def _drain(self) -> None:
        """After the last arrival: go on reporting until every request has ended."""
        at_least_until = self.settings.shape.duration_seconds
        while not self._stop.is_set() and (self._tally.in_flight or self._next_second <= at_least_until):
            self._reach(self._next_second)


def drive(loop: OpenLoop) -> None:
    """Have Locust run ``loop`` to its end; errors of the loop are raised here."""
    settings = loop.settings
    # A redirect is an answer: following it could carry the load to a host that nobody chose. Said once for all, because
    # `allow_redirects` of a single request changes it for all that are in flight.
    LocustUserAgent.redirect_response_codes = frozenset()
    done: AsyncResult[None] = AsyncResult()

    class Public(FastHttpUser):
        """The public; its only task offers the whole load."""

        host = settings.host.rstrip("/")
        client_pool = _OneTryPool(
            concurrency=settings.max_in_flight,
            connection_timeout=settings.timeout_seconds,
            network_timeout=settings.timeout_seconds,
        )

        @task
        def offer(self) -> None:
            try:
                loop.run(self.client)
                done.set(None)
            except Exception as error:  # noqa: BLE001 - Locust would log it and begin again; it is our caller's
                done.set_exception(error)
            raise StopUser

    environment = Environment(user_classes=[Public])
    environment.events.request.add_listener(loop.on_request)  # type: ignore[no-untyped-call] # Locust's
    runner = environment.create_local_runner()
    runner.start(user_count=1, spawn_rate=1)
    try:
        done.get()
    finally:
        runner.quit()


def _start_record(settings: LoadSettings, start: float) -> Start:
    return Start(
        start=start,
        host=settings.host,
        points=settings.shape.points,
        seed=settings.seed,
        spacing=settings.spacing,
        timeout_seconds=settings.timeout_seconds,
        max_in_flight=settings.max_in_flight,
    )


def _failure(response: FastResponse, exception: BaseException | None) -> Failure | None:
    if exception is None:
        return None
    status = response.status_code
    if status == 0:
        cause = getattr(exception, "original", exception)
        return Failure.TIMEOUT if isinstance(cause, gevent.Timeout | TimeoutError) else Failure.CONNECTION
    if status == 503 and response.headers is not None and names.OVERLOAD_HEADER in response.headers:
        return Failure.OVERLOAD
    return Failure.GATEWAY if status in (502, 503, 504) else Failure.OTHER
