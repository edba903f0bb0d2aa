"""Where a process's closed intervals go: straight to the sink, or to the process that publishes for the whole task."""

from __future__ import annotations

import threading
import time
from functools import reduce
from pathlib import Path

from fastscale.meter.group import Group, GroupError
from fastscale.meter.interval import Interval
from fastscale.meter.live import Counts
from fastscale.meter.sender import ErrorLog, Sender
from fastscale.meter.sink import Sink
from fastscale.meter.stand_by import Promise, StandBy

#: The leader gives the other processes this long (seconds) to leave the interval that all of them close at once.
_GATHER_SECONDS = 0.1
#: What other processes left is added to the interval just closed, unless it is older than this many intervals: then it
#: waited in somebody's backlog and keeps its own timestamp.
_LATE_INTERVALS = 2


class Outlet:
    """Takes the intervals of one process. One thread at a time delivers; :meth:`totals` may be asked from any.

    ``directory`` is the one that the processes of the task share. Unless ``join`` says that the others know it too,
    this process works alone until one of them makes it. ``sink`` None counts without publishing.
    """

    def __init__(self, sink: Sink | None, directory: Path, *, join: bool, interval_seconds: float) -> None:
        self._sender = Sender(sink) if sink is not None else None
        self._directory = directory
        self._join = join
        self._interval_seconds = interval_seconds
        self._group: Group | None = None
        self._errors = ErrorLog()
        self._stand_by = StandBy()
        self._lock = threading.Lock()
        self._promise = Promise()
        self._total = Interval()
        self._last: Interval | None = None

    def join(self) -> None:
        """Meet the other processes of the task, if they can be met; they then know that this one is there."""
        self._present_group()

    def deliver(self, closed: Interval) -> None:
        """Publish ``closed``, alone or as the leader, or leave it for the leader."""
        group = self._present_group()
        others: list[list[Interval]] = []
        try:
            if group and not group.leads:
                group.spool(closed)
                return
            others = _gather(group) if group else []
        except OSError as error:
            self._report(error)
            self._forget_group()  # the next interval tries again
        self._publish(closed, others)

    def heed(self, promise: Promise) -> None:
        """Somebody else publishes while ``promise`` holds: for all processes of the task."""
        with self._lock:
            self._promise = promise
            try:
                if self._group:
                    self._group.write_promise(promise)
            except OSError as error:
                self._report(error)

    def totals(self) -> tuple[Interval, Interval | None]:
        """Everything the task has counted in closed intervals, and the last of them."""
        with self._lock:
            known, group = (self._total, self._last), self._group
        try:
            return (group and group.read_totals()) or known
        except OSError:
            return known

    def show(self, counts: Counts) -> None:
        """Let the other processes see what this one has counted so far."""
        try:
            if self._group:
                self._group.show(counts)
        except OSError as error:
            self._report(error)

    def live(self, counts: Counts) -> Counts | None:
        """What the task has counted so far when this process has ``counts``; None when this process works alone."""
        with self._lock:
            group = self._group
        try:
            return group.others().plus(counts) if group else None
        except OSError as error:
            self._report(error)
            return None

    def stop(self, closed: Interval, timeout_seconds: float) -> int:
        """Hand on the last interval within ``timeout_seconds``; return the number of requests that were lost."""
        deadline = time.monotonic() + timeout_seconds
        others: list[list[Interval]] = []
        group = self._present_group()
        if group:
            waiting = self._sender.withdraw(timeout_seconds / 2) if self._sender else []
            try:
                left = _hand_over(group, [*waiting, closed])
            except OSError as error:
                self._report(error)
                left = [waiting, [closed]]
            self._forget_group()
            if left is None:
                return self._stop_sender(0)
            closed, others = Interval(end=closed.end, seconds=closed.seconds), left
        self._publish(closed, others)
        return self._stop_sender(max(0.0, deadline - time.monotonic()))

    def abandon(self) -> None:
        """In a forked child: the group's locks are the parent's."""
        if self._group:
            self._group.abandon()

    def _present_group(self) -> Group | None:
        """The group, joined when there is one to join; None when this process works alone."""
        if self._group is None and (self._join or self._directory.exists()):
            try:
                group = Group(self._directory)
            except (OSError, GroupError) as error:
                self._report(error)
                return None
            with self._lock:
                self._group = group
        return self._group

    def _report(self, error: Exception) -> None:
        self._errors.report("group", f"cannot share metrics with other processes of this task: {error}")

    def _forget_group(self) -> None:
        with self._lock:
            group, self._group = self._group, None
        if group:
            try:
                group.withdraw()
            except OSError as error:
                self._report(error)

    def _publish(self, closed: Interval, others: list[list[Interval]]) -> None:
        merged, late = _merge(closed, others, self._interval_seconds)
        total = reduce(Interval.followed_by, (*late, merged), self.totals()[0])
        if self._sender:
            for interval in self._stand_by.sift((*late, merged), self._newest_promise(), time.monotonic()):
                self._sender.offer(interval)
        with self._lock:
            self._total, self._last, group = total, merged, self._group
        if group:
            try:
                group.write_totals(total, merged)
            except OSError as error:
                self._report(error)

    def _newest_promise(self) -> Promise:
        """The last one that any process of the task was given."""
        with self._lock:
            own, group = self._promise, self._group
        try:
            shared = group.read_promise() if group else None
        except OSError as error:
            self._report(error)
            shared = None
        return max((own, shared or own), key=lambda promise: promise.made_at)

    def _stop_sender(self, timeout_seconds: float) -> int:
        unsent = self._sender.stop(timeout_seconds) if self._sender else []
        return sum(interval.arrived for interval in unsent)


def _hand_over(group: Group, intervals: list[Interval]) -> list[list[Interval]] | None:
    """Leave ``intervals`` for the others; the last process of the task gets back what all of them left."""
    for interval in intervals:
        group.spool(interval)
    if not group.leave():
        return None
    left = group.collect()
    group.dissolve()
    return left


def _gather(group: Group) -> list[list[Interval]]:
    time.sleep(_GATHER_SECONDS)
    return group.collect()


def _merge(closed: Interval, others: list[list[Interval]], interval_seconds: float) -> tuple[Interval, list[Interval]]:
    """``closed`` with what each of the ``others`` saw beside it, and the intervals that belong to an earlier time.

    A process that is ending closes a short interval. What the others saw in a longer one must not look like a surge in
    it: the length is then theirs.
    """
    late_before = closed.end - _LATE_INTERVALS * interval_seconds
    late: list[Interval] = []
    longest = 0.0
    for intervals in others:
        late += [interval for interval in intervals if interval.end < late_before]
        recent = [interval for interval in intervals if interval.end >= late_before]
        if recent:
            seen = reduce(Interval.followed_by, recent)
            longest = max(longest, seen.seconds)
            closed = closed.beside(seen)
    closed.seconds = max(closed.seconds, min(longest, interval_seconds))
    return closed, late
