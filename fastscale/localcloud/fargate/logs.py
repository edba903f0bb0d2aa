"""The awslogs driver: what tasks print goes to CloudWatch Logs, in batches, without ever holding up a task.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Protocol

from botocore.exceptions import ClientError

from fastscale.localcloud.backstage import ApiUnavailableError, api_errors
from fastscale.localcloud.cycle import Patience, Say, run_cycles
from fastscale.localcloud.fargate.definitions import TaskDefinition

#: Lines wait this long at most before they are sent, as with the awslogs driver.
FLUSH_SECONDS = 5.0
#: Lines that one task may have waiting; beyond it the oldest are dropped, and that is said.
LINES_KEPT = 20_000
#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html: events and bytes a call,
#: where each event costs 26 bytes more than its text.
BATCH_EVENTS = 10_000
BATCH_BYTES = 1_048_576
EVENT_OVERHEAD_BYTES = 26
#: A single event may not be larger than a batch: longer lines are cut (characters; UTF-8 needs up to 4 bytes each).
LINE_CHARACTERS = 200_000

LogEvent = tuple[int, str]


class LogApi(Protocol):
    """CloudWatch Logs."""

    def put(self, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        """PutLogEvents of (milliseconds, text), creating the stream when there is none."""
        ...


class BotoLogs:
    """LogApi on a boto3 client of ``logs``."""

    def __init__(self, logs: Any) -> None:
        self._logs = logs

    def put(self, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        """PutLogEvents, creating the stream when there is none."""
        try:
            with api_errors(ignore=("ResourceNotFoundException",)):
                self._put(group, stream, events)
        except ClientError:
            with api_errors():
                self._logs.create_log_stream(logGroupName=group, logStreamName=stream)
                self._put(group, stream, events)

    def _put(self, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        shapes = [{"timestamp": timestamp, "message": text} for timestamp, text in events]
        self._logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=shapes)


@dataclass
class _Stream:
    """The lines of one task that wait to be sent."""

    group: str
    name: str
    lines: deque[LogEvent] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    dropped: int = 0
    ended: bool = False

    def add(self, line: str) -> None:
        """Keep a line; called on the thread that reads all tasks' output, so it must be quick."""
        if line:  # CloudWatch Logs refuses empty events
            self.dropped += len(self.lines) == LINES_KEPT
            self.lines.append((time.time_ns() // 1_000_000, line[:LINE_CHARACTERS]))

    def take(self) -> list[LogEvent]:
        """Remove the oldest lines that fit into one call."""
        batch: list[LogEvent] = []
        size = 0
        while self.lines and len(batch) < BATCH_EVENTS:
            cost = len(self.lines[0][1].encode()) + EVENT_OVERHEAD_BYTES
            if batch and size + cost > BATCH_BYTES:
                break
            batch.append(self.lines.popleft())
            size += cost
        return batch

    def give_back(self, batch: Sequence[LogEvent]) -> None:
        """Keep a batch that could not be sent, as far as there is room beside newer lines."""
        room = LINES_KEPT - len(self.lines)
        kept = list(batch)[max(0, len(batch) - room) :]
        self.dropped += len(batch) - len(kept)
        self.lines.extendleft(reversed(kept))


class LogShipper:
    """Collects lines and sends them from a loop of its own."""

    def __init__(self, api: LogApi, *, say: Say) -> None:
        self._api = api
        self._say = say
        self._patience = Patience(say)
        self._lock = threading.Lock()
        self._streams: dict[str, _Stream] = {}

    def run(self, stop: Event) -> None:
        """Send until ``stop`` is set, and then what is left."""
        run_cycles(self.tick, stop, name="logs", period_seconds=FLUSH_SECONDS, say=self._say)
        self.tick(time.time())

    def lines_of(self, definition: TaskDefinition, task_id: str) -> Callable[[str], None] | None:
        """What takes the output of a task; None when its task definition has no awslogs configuration."""
        if definition.log is None:
            return None
        name = f"{definition.log.stream_prefix}/{definition.container}/{task_id}"
        stream = _Stream(definition.log.group, name)
        with self._lock:
            self._streams[task_id] = stream
        return stream.add

    def forget(self, task_id: str) -> None:
        """The task has ended: drop its stream as soon as its last lines are sent."""
        with self._lock:
            stream = self._streams.get(task_id)
            if stream is not None:
                stream.ended = True

    def tick(self, now: float) -> None:
        """Send what has gathered."""
        if not self._patience.may_try(now):
            return
        with self._lock:
            streams = dict(self._streams)
        try:
            for task_id, stream in streams.items():
                ended = stream.ended  # read first: what is added later belongs to a stream that is still looked at
                self._send(stream)
                if ended:
                    with self._lock:
                        del self._streams[task_id]
        except ApiUnavailableError as error:
            self._patience.failed(error, now)
        else:
            self._patience.worked(now)

    def _send(self, stream: _Stream) -> None:
        while stream.lines:
            batch = stream.take()
            try:
                self._api.put(stream.group, stream.name, batch)
            except ApiUnavailableError:
                stream.give_back(batch)
                raise
        if stream.dropped:
            self._say(f"dropped the oldest {stream.dropped} lines of {stream.name}: they came faster than sent")
            stream.dropped = 0
