"""A whole controller: its parts put together, run until it is told to end."""

from __future__ import annotations

import json
import logging
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache, partial
from threading import Event, Thread

from fastscale.aws import metric_data
from fastscale.aws.history_table import DynamoHistoryStore
from fastscale.aws.lease_table import DynamoLeaseTable
from fastscale.aws.services import EcsServices
from fastscale.aws.session import MakeClient
from fastscale.control.actor import Actor
from fastscale.control.clock import SteadyClock
from fastscale.control.lease import SharedLease, SoleReplica
from fastscale.control.tick import Controller, Ports
from fastscale.decide.pulse.decision import decide
from fastscale.errors import FastscaleError, InputError
from fastscale.loops import run_every
from fastscale.pauses import Precedence, no_collections, set_aside_what_stays
from fastscale.ports import Clock, HistoryStore, LoadSource, MetricSink
from fastscale.pulse.endpoint import JSON, Answer, serving
from fastscale.pulse.exposition import CONTENT_TYPE, OwnMetrics
from fastscale.pulse.history import Habits, LearntDays
from fastscale.pulse.history_files import FileHistoryStore
from fastscale.pulse.ledger import Ledger
from fastscale.pulse.publisher import Publisher
from fastscale.pulse.reporter import Heart, Reporter
from fastscale.pulse.settings import PulseSettings
from fastscale.pulse.workers import Workers

logger = logging.getLogger(__name__)

#: Changes that may be under way at once; each takes three calls of some 50 ms.
WORKERS = 8
#: Without a tick for this long, in seconds or in intervals, it calls itself unhealthy, and ECS replaces it …
HUNG_SECONDS, HUNG_INTERVALS = 15.0, 10.0
#: … but it may take this long to its first tick.
FIRST_TICK_SECONDS = 45.0
#: Who has not ticked for this long, in seconds or in intervals, neither keeps nor seeks the lease: another may be well.
ABLE_SECONDS, ABLE_INTERVALS = 3.0, 3.0
#: The status of a controller with which nothing is wrong.
OK = "ok"
#: How long the threads have to end when the controller is told to.
END_SECONDS = 1.5


class Program:
    """One controller. ``clients`` makes boto3 clients, ``load`` reads the tasks.

    Without ``publish`` nothing goes to CloudWatch. ``wrap`` may put another sink around its own, to listen in.
    ``clock`` is the machine's unless given.
    """

    def __init__(
        self,
        settings: PulseSettings,
        *,
        clients: MakeClient,
        load: LoadSource,
        publish: bool = True,
        wrap: Callable[[MetricSink], MetricSink] = lambda sink: sink,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self._clients = cache(clients)
        self._load = load
        self._publish = publish
        self._stop = Event()
        self._threads: list[Thread] = []
        self._clock = clock or SteadyClock()
        self._heart = Heart()
        self._ticking = Precedence(patience_seconds=settings.interval_seconds)
        self._began = self._clock.monotonic()
        services = [one.watched.service for one in settings.services]
        self.ledger = Ledger(services)
        self._lease = self._make_lease()
        self._days = self._make_days()
        self._publisher = self._make_publisher()
        self._own = OwnMetrics(self._facts())
        reporter = Reporter(self.ledger, self._own, self._publisher, self._heart, clock=self._clock)
        self._sink = wrap(reporter)
        self._services = EcsServices(
            services,
            clients=self._clients,
            clock=self._clock,
            lease=self._lease,
            target_groups={one.watched.service: one.target_group for one in settings.services if one.target_group},
        )
        self._controller = self._make_controller()

    def run(self, ready: Callable[[int], None] = lambda _: None) -> None:
        """Watch and scale until :meth:`stop`, or until the caller's thread is interrupted.

        ``ready`` is told the port when it answers. Raises PortInUseError, and FastscaleError when the loop ends.
        """
        with ExitStack() as stack:
            settings = self.settings
            port = stack.enter_context(serving(self._answer, host=settings.host, port=settings.port))
            stack.callback(self._load.close)
            set_aside_what_stays()
            self._threads += [*self._background(), *self._services.watch(self._stop)]
            stack.callback(self._end)
            loop = _started(self._loop, "pulse-loop")
            self._threads.append(loop)
            ready(port)
            logger.info("watching %s, answering on port %d", ", ".join(self._names()), port)
            while loop.is_alive():
                loop.join(0.5)
            if not self._stop.is_set():
                raise FastscaleError("the controller's loop ended by itself: its log says why")

    def stop(self) -> None:
        """End soon. Safe to call from any thread."""
        self._stop.set()

    def metrics(self) -> str:
        """Its own metrics as Prometheus text."""
        return self._own.text()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _names(self) -> list[str]:
        return [one.watched.service for one in self.settings.services]

    def _make_lease(self) -> SharedLease | SoleReplica:
        if self.settings.policy.replicas == 1 or not self.settings.acts:
            return SoleReplica()
        if self.settings.table is None:
            raise InputError("pulse.replicas = 2 needs the DynamoDB table of the lease: set PULSE_TABLE to its name")
        table = DynamoLeaseTable(
            self._clients("dynamodb"), table=self.settings.table, lease_id=self.settings.policy.cluster_service
        )
        owner = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
        return SharedLease(table, owner, clock=self._clock, able=self._ticks)

    def _make_days(self) -> LearntDays | None:
        learning = {
            one.watched.service: Habits(time_zone=one.time_zone, startup_seconds=one.watched.startup_seconds)
            for one in self.settings.services
            if one.watched.policy.learn
        }
        store = self._history() if learning else None
        return None if store is None else LearntDays(learning, store)

    def _history(self) -> HistoryStore | None:
        if self.settings.history is not None:
            return FileHistoryStore(self.settings.history)
        table = self.settings.table
        return None if table is None else DynamoHistoryStore(self._clients("dynamodb"), table=table)

    def _make_publisher(self) -> Publisher:
        published = {one.watched.service: one.published for one in self.settings.services}
        put = partial(metric_data.put, self._clients("cloudwatch"))
        return Publisher(published, put, clock=self._clock, calm=self._ticking.wait)

    def _make_controller(self) -> Controller:
        actor = Actor(self._services, sink=self._sink, executor=Workers(WORKERS), clock=self._clock, stop=self._stop)
        ports = Ports(
            clock=self._clock,
            load=self._load,
            services=self._services,
            lease=self._lease,
            sink=self._sink,
            foresight=self._days,
        )
        return Controller([one.watched for one in self.settings.services], ports, decide=decide, actor=actor)

    # -- threads ---------------------------------------------------------------------------------------------------

    def _background(self) -> list[Thread]:
        threads = [_started(partial(self._publisher.run, self._stop), "pulse-publisher")] if self._publish else []
        if isinstance(self._lease, SharedLease):
            threads.append(_started(partial(self._lease.run, self._stop), "pulse-lease"))
        if self._days is not None:
            threads.append(_started(partial(self._days.run, self._stop, self._clock), "pulse-history"))
        return threads

    def _loop(self) -> None:
        interval = self.settings.interval_seconds
        run_every(interval, self._tick, self._stop, name="tick", monotonic=self._clock.monotonic)

    def _tick(self) -> None:
        # A collection over what is known of a thousand services takes a fifth of a second.
        with self._ticking.first(), no_collections():
            self._controller.tick()

    def _end(self) -> None:
        self._stop.set()
        deadline = time.monotonic() + END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _ticks(self) -> bool:
        """Whether the loop has ticked just now."""
        beat_at = self._heart.beat_at
        allowed = max(ABLE_SECONDS, ABLE_INTERVALS * self.settings.interval_seconds)
        return beat_at is not None and self._clock.monotonic() - beat_at < allowed

    # -- what it answers -------------------------------------------------------------------------------------------

    def _facts(self) -> Mapping[str, Callable[[], float]]:
        return {
            "lease_held": lambda: float(self._lease.held()),
            "publishes_total": lambda: float(self._publisher.calls["published"]),
            "publish_failures_total": lambda: float(self._publisher.calls["failed"]),
            "publishes_rejected_total": lambda: float(self._publisher.calls["rejected"]),
        }

    def _answer(self, path: str, query: Mapping[str, str]) -> Answer | None:
        if path == "/health":
            return self._health()
        if path == "/metrics":
            return 200, CONTENT_TYPE, self.metrics()
        if path == "/decisions":
            entries = [entry.as_json() for entry in self.ledger.entries(query.get("service"))]
            return 200, JSON, json.dumps({"services": self._names(), "decisions": entries})
        return None

    def _health(self) -> Answer:
        beat_at = self._heart.beat_at
        silent = self._clock.monotonic() - (self._began if beat_at is None else beat_at)
        status = self._status(silent, has_ticked=beat_at is not None)
        state = {
            "status": status,
            "seconds_since_tick": None if beat_at is None else round(silent, 1),
            "acts": self._lease.held() and self.settings.acts,
        }
        return 200 if status == OK else 503, JSON, json.dumps(state)

    def _status(self, silent: float, *, has_ticked: bool) -> str:
        """What is wrong, in a word or two, when there was no tick for ``silent`` seconds; OK when nothing is."""
        hung_seconds = max(HUNG_SECONDS, HUNG_INTERVALS * self.settings.interval_seconds)
        if silent > (hung_seconds if has_ticked else FIRST_TICK_SECONDS):
            return "hung"
        ended = [thread.name for thread in self._threads if not thread.is_alive()]
        return f"ended: {', '.join(ended)}" if ended else OK


def _started(run: Callable[[], None], name: str) -> Thread:
    thread = Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
