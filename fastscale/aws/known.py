"""What is known of one service, put together from answers that came at different times.

``at`` and ages are seconds of a monotonic clock, ``now`` is seconds since 1970. Nothing here is thread-safe.

How an old answer is used (AWS may throttle any call):

* counts of ECS: no task is taken away on ones older than :data:`COUNTS_DOUBTED_SECONDS`, and nothing is decided on ones
  older than :data:`COUNTS_USED_SECONDS`.
* targets: those of the last answer are read on for :data:`TARGETS_USED_SECONDS`. Counts that match them confirm them.
  Where counts do not, tasks may serve that are not read, so that the load looks smaller than it is: after
  :data:`TARGETS_DOUBTED_SECONDS` no task is taken away.
* limits: the last ones stay in force, but no task is taken away on ones older than :data:`LIMITS_DOUBTED_SECONDS`.

Several threads ask at once, so answers may overtake each other: of two of a kind the one that was asked for later
counts, whichever came first. An alarm that raises the count between the two would else be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastscale.aws.service_shapes import Counts, Limits, TargetStates, TaskLife
from fastscale.decide.pulse.observation import ServiceReading
from fastscale.ports import ServiceView, Target, Unseen

COUNTS_DOUBTED_SECONDS = 45.0
COUNTS_USED_SECONDS = 120.0
#: Below the shortest stable window of a plan, ten seconds, also where the clock of decisions runs 10 % fast.
TARGETS_DOUBTED_SECONDS = 8.0
TARGETS_USED_SECONDS = 60.0
LIMITS_DOUBTED_SECONDS = 45.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """An answer, and when it was asked for."""

    value: T
    at: float

    def age(self, at: float) -> float:
        """Seconds since it was asked for."""
        return at - self.at


class Known:
    """One service; methods named ``saw_…`` take answers, asked for at ``at``, unless newer ones came before."""

    def __init__(self) -> None:
        self.counts: Seen[Counts] | None = None
        self.limits: Seen[Limits] | None = None
        self.targets: Seen[TargetStates] | None = None
        #: Why there is nothing to watch, as AWS says.
        self.missing: dict[str, str] = {}
        #: Some target did not answer since targets were last asked for.
        self.targets_doubted = False
        self._serving: tuple[Target, ...] = ()
        self._counts_at = self._limits_at = self._targets_at = float("-inf")
        self._gap = 0
        self._gap_since = 0.0
        self._lives: dict[str, TaskLife] = {}
        self._served: dict[Target, float | None] = {}
        self._awaited: set[str] = set()
        self._launches: list[float] = []

    # -- what AWS answered -----------------------------------------------------------------------------------------

    def saw_counts(self, counts: Counts | None, *, at: float, now: float) -> None:
        """What DescribeServices says; None when there is no such active service."""
        if at < self._counts_at:
            return
        self._counts_at = at
        if counts is None:
            self.missing["service"] = "ECS has no active service of this name"
            return
        self.missing.pop("service", None)
        self.counts = Seen(counts, at)
        self._note_gap(now)
        if self.targets is not None and self._settled(counts, self.targets.value):
            self.targets = Seen(self.targets.value, max(at, self.targets.at))

    def changed(self, counts: Counts, *, at: float, now: float) -> None:
        """What UpdateService answered, at ``at``: whatever was asked for before that is older."""
        self.saw_counts(counts, at=at, now=now)

    def saw_limits(self, limits: Limits | None, *, at: float) -> None:
        """What DescribeScalableTargets says; None when the service is not registered there."""
        if at < self._limits_at:
            return
        self._limits_at = at
        if limits is None:
            self.missing["limits"] = "Application Auto Scaling has no scalable target for this service"
            return
        self.missing.pop("limits", None)
        self.limits = Seen(limits, at)

    def saw_targets(self, states: TargetStates, *, at: float, now: float) -> None:
        """What DescribeTargetHealth says. A target that serves for the first time may end a launch."""
        if at < self._targets_at:
            return
        self._targets_at = at
        first = self.targets is None
        for target in states.healthy:
            self._served.setdefault(target, None if first else now)
        present = states.healthy | states.unhealthy | states.initial
        self._served = {target: since for target, since in self._served.items() if target in present}
        self.targets = Seen(states, at)
        self._serving = tuple(sorted(states.serving, key=lambda target: (target.host, target.port)))
        self.targets_doubted = False
        self._note_gap(now)
        self._learn()

    def saw_tasks(self, arns: Iterable[str], lives: Iterable[TaskLife]) -> None:
        """What ListTasks lists, and DescribeTasks says of those that :meth:`unknown` named."""
        present = set(arns)
        self._lives = {arn: life for arn, life in self._lives.items() if arn in present}
        self._lives.update((life.arn, life) for life in lives if life.arn in present)
        self._awaited = {arn for arn in self._awaited if arn in present}
        hosts = self._served_hosts()
        self._awaited.update(arn for arn, life in self._lives.items() if not life.hosts & hosts)
        self._learn()

    # -- what that means -------------------------------------------------------------------------------------------

    def unknown(self, arns: Iterable[str]) -> list[str]:
        """Those of the tasks of which launch and address are not both known."""
        return [arn for arn in arns if arn not in self._lives or not self._lives[arn].hosts]

    @property
    def starting(self) -> bool:
        """Whether tasks are on their way: wanted, pending, or running without traffic."""
        if self.counts is None or self.targets is None:
            return False
        counts, serving = self.counts.value, len(self.targets.value.serving)
        return counts.pending > 0 or max(counts.desired, counts.running) > serving

    @property
    def in_motion(self) -> bool:
        """Whether the service deserves a look each second."""
        return self.starting or (self.counts is not None and self.counts.value.deploying)

    @property
    def targets_wanted(self) -> bool:
        """Whether the targets known last are probably not the present ones."""
        if self.counts is None or self.targets is None or self.targets_doubted:
            return True
        return not self._settled(self.counts.value, self.targets.value)

    def take_launches(self) -> list[float]:
        """Seconds from launch to traffic of the tasks that arrived since the last call."""
        taken, self._launches = self._launches, []
        return taken

    def view(self, at: float) -> ServiceView | Unseen:
        """What a decision may see."""
        if self.missing:
            return Unseen(reason="; ".join(self.missing.values()))
        if self.counts is None or self.limits is None or self.targets is None:
            names = {"ECS": self.counts, "Application Auto Scaling": self.limits, "the load balancer": self.targets}
            silent = [name for name, seen in names.items() if seen is None]
            return Unseen(reason=f"{' and '.join(silent)} did not answer yet")
        if self.counts.age(at) > COUNTS_USED_SECONDS:
            return Unseen(reason=f"ECS has not answered for {self.counts.age(at):.0f} s")
        if self.targets.age(at) > TARGETS_USED_SECONDS:
            return Unseen(reason=f"the load balancer has not answered for {self.targets.age(at):.0f} s")
        return ServiceView(
            reading=self._reading(self.counts.value, self.limits.value, self.targets.value),
            targets=self._serving,
            doubts=tuple(self._doubts(self.counts, self.targets, self.limits, at)),
        )

    def _doubts(self, counts: Seen[Counts], targets: Seen[TargetStates], limits: Seen[Limits], at: float) -> list[str]:
        doubts = []
        if counts.age(at) > COUNTS_DOUBTED_SECONDS:
            doubts.append(f"ECS has not answered for {counts.age(at):.0f} s")
        if self.targets_wanted and targets.age(at) > TARGETS_DOUBTED_SECONDS:
            doubts.append(f"the load balancer has not told its present targets for {targets.age(at):.0f} s")
        if limits.age(at) > LIMITS_DOUBTED_SECONDS:
            doubts.append(f"Application Auto Scaling has not answered for {limits.age(at):.0f} s")
        return doubts

    def _reading(self, counts: Counts, limits: Limits, states: TargetStates) -> ServiceReading:
        return ServiceReading(
            desired=counts.desired,
            running=counts.running,
            serving=len(states.serving),
            starting=self._starting(counts, states),
            min_capacity=limits.minimum,
            max_capacity=limits.maximum,
            deploying=counts.deploying,
            scale_out_suspended=limits.out_suspended,
            scale_in_suspended=limits.in_suspended,
        )

    def _starting(self, counts: Counts, states: TargetStates) -> tuple[float, ...]:
        """When each task that is on its way was launched.

        One that ECS does not list yet counts as launched when it was first missing.
        """
        if not self.starting:
            return ()
        hosts = {target.host for target in states.healthy | states.unhealthy}
        launched = [life.launched_at for life in self._lives.values() if not life.hosts & hosts]
        present = len(states.healthy) + len(states.unhealthy)
        missing = max(counts.desired, counts.running + counts.pending) - present - len(launched)
        return tuple(sorted(launched + [self._gap_since] * max(0, missing)))

    def _note_gap(self, now: float) -> None:
        if self.counts is None or self.targets is None:
            return
        gap = max(0, self.counts.value.desired - len(self.targets.value.serving))
        if gap > self._gap:
            self._gap_since = now
        self._gap = gap

    def _settled(self, counts: Counts, states: TargetStates) -> bool:
        """Whether counts and targets tell the same: every wanted task serves, and none comes or goes."""
        alike = counts.desired == counts.running == len(states.healthy)
        return alike and counts.pending == 0 and not counts.deploying and not self.targets_doubted

    def _served_hosts(self) -> set[str]:
        return {target.host for target in self._served}

    def _learn(self) -> None:
        """Close the launches of awaited tasks whose target serves."""
        since = {target.host: moment for target, moment in self._served.items()}
        for arn in list(self._awaited):
            life = self._lives.get(arn)
            host = next((host for host in life.hosts if host in since), None) if life is not None else None
            if life is None or host is None:
                continue
            self._awaited.discard(arn)
            moment = since[host]
            if moment is not None and moment >= life.launched_at:
                self._launches.append(moment - life.launched_at)
