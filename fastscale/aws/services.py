"""ECS services behind the controller's port: watched in the background, changed with ecs:UpdateService."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Event, Thread, local
from typing import Any, ParamSpec, TypeVar

from fastscale.aws.board import Board
from fastscale.aws.calls import ApiError, Calls
from fastscale.aws.looker import Looker, Question
from fastscale.aws.questions import Questions
from fastscale.aws.quotas import Paces
from fastscale.aws.refusals import Refusals
from fastscale.aws.service_shapes import Counts, Limits, ServiceId, counts
from fastscale.aws.session import MakeClient
from fastscale.aws.wish import settle
from fastscale.decide.pulse.observation import ServiceReading
from fastscale.errors import ActionError
from fastscale.ports import Change, Clock, Lease, ServiceView, Unseen

P = ParamSpec("P")
T = TypeVar("T")

#: A raise waits so long (seconds, with the retries of who wants it) for limits of this very moment …
INSIST_SECONDS = 2.0
#: … and is then made within the last known ones, unless these are older than this (seconds).
LIMITS_TRUSTED_SECONDS = 60.0
#: A change leaves within so many seconds of the look it rests on: new credentials, or a machine that is too busy, may
#: come between.
LOOK_TRUSTED_SECONDS = 2.0


class EcsServices:
    """A :class:`fastscale.ports.ServicePort` of AWS.

    ``services`` are resource ids; ``target_groups`` names the target group's ARN of those that have a choice.
    """

    def __init__(
        self,
        services: Sequence[str],
        *,
        clients: MakeClient,
        clock: Clock,
        lease: Lease,
        target_groups: Mapping[str, str] | None = None,
        paces: Paces | None = None,
    ) -> None:
        self._clock = clock
        self._lease = lease
        self._paces = paces or Paces()
        self._calls = Calls(clock)
        self._refusals = Refusals()
        self._board = Board(services)
        self._sending = local()
        self._ecs = clients("ecs")
        self._ecs.meta.events.register("before-send.ecs.UpdateService", self._last_word)
        self._questions = Questions(
            self._board,
            clients=clients,
            calls=self._calls,
            paces=self._paces,
            clock=clock,
            target_groups=target_groups or {},
        )

    @property
    def looks(self) -> list[Question]:
        """What is asked about the services in the background."""
        return self._questions.all()

    def watch(self, stop: Event) -> list[Thread]:
        """Look at the services from threads of their own until ``stop`` is set; the threads, started."""
        threads = []
        for question in self.looks:
            looker = Looker(question, self._board.services, clock=self._clock)
            thread = Thread(target=looker.run, args=(stop,), name=f"aws-{question.name}", daemon=True)
            thread.start()
            threads.append(thread)
        return threads

    def view(self, service: str, now: float) -> ServiceView | Unseen:
        """The service as last seen."""
        del now  # ages are by the monotonic clock
        return self._board.view(service, self._clock.monotonic())

    def launches(self, service: str) -> Sequence[float]:
        """Seconds from launch to traffic of the tasks that arrived since the last call."""
        return self._board.take_launches(service)

    def unreachable(self, service: str, now: float) -> None:
        """Have the targets asked for again."""
        del now
        with self._board.known(service) as known:
            known.targets_doubted = True

    def set_desired(self, service: str, desired: int, *, seen: ServiceReading, tried_seconds: float = 0.0) -> Change:
        """Read limits and counts once more, then set what they allow. Raises ActionError.

        Without limits of this moment no task is taken away, and a raise is to be tried again for
        :data:`INSIST_SECONDS`; then the last known ones hold for :data:`LIMITS_TRUSTED_SECONDS`, which the note of the
        change says. Without counts nothing is set, because somebody else may have raised the count further than we
        want to. Counts are read last: they change more often.
        """
        try:
            limits, age_seconds = self._limits(service, is_raise=desired > seen.desired, tried_seconds=tried_seconds)
            self._sending.looked_at = self._clock.monotonic()
            now = self._unless_refused(f"counts {service}", self._ask_counts, service)
            if now is None:
                raise ApiError("ECS has no active service of this name")
            verdict = settle(desired, seen=seen, counts=now, limits=limits, age_seconds=age_seconds)
            if verdict.desired is None:
                return Change(desired=None, note=verdict.note)
            if not self._lease.held():
                return Change(desired=None, note="the lease was lost meanwhile: the other replica acts")
            self._unless_refused(f"change {service}", self._update, service, verdict.desired)
        except ApiError as error:
            raise ActionError(f"{service}: desired count {desired} was not set: {error}") from error
        return Change(desired=verdict.desired, note=verdict.note)

    def _unless_refused(self, what: str, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer, unless AWS said no to ``what`` lately: a load that grows would ask again with each tick."""
        at = self._clock.monotonic()
        self._refusals.check(what, at)
        try:
            answer = ask(*args, **kwargs)
        except ApiError as error:
            if error.lasting:
                self._refusals.refused([what], at, str(error))
            raise
        self._refusals.worked([what])
        return answer

    def _ask_counts(self, service: str) -> Counts | None:
        return self._questions.ask_counts([service], urgent=True)[service]

    def _ask_limits(self, service: str) -> Limits | None:
        return self._questions.ask_limits([service], urgent=True).get(service)

    def _limits(self, service: str, *, is_raise: bool, tried_seconds: float) -> tuple[Limits, float | None]:
        """The limits of this moment, or the last known ones with their age in seconds. Raises ApiError."""
        try:
            found = self._unless_refused(f"limits {service}", self._ask_limits, service)
        except ApiError as error:
            if is_raise and tried_seconds < INSIST_SECONDS:
                raise
            return self._last_limits(service, is_raise=is_raise, refusal=error)
        if found is None:
            raise ApiError("Application Auto Scaling has no scalable target for this service")
        return found, None

    def _last_limits(self, service: str, *, is_raise: bool, refusal: ApiError) -> tuple[Limits, float]:
        with self._board.known(service) as known:
            last = known.limits
        if last is None:
            raise refusal
        age = last.age(self._clock.monotonic())
        if is_raise and age > LIMITS_TRUSTED_SECONDS:
            raise ApiError(f"its limits are {age:.0f} s old") from refusal
        return last.value, age

    def _last_word(self, **_: Any) -> None:
        """Called by the client in the thread of a change, when its request is signed and about to leave."""
        looked_at = getattr(self._sending, "looked_at", None)
        if looked_at is None:  # a request of somebody else who has the same client
            return
        age = self._clock.monotonic() - looked_at
        if age > LOOK_TRUSTED_SECONDS:
            raise ApiError(f"it was held up, so that its look is {age:.1f} s old")
        if not self._lease.held():
            raise ApiError("the lease ran out before it was sent")

    def _update(self, service: str, desired: int) -> None:
        id_ = ServiceId.of(service)
        answer: Any = self._calls.make(
            self._paces.changes,
            self._ecs.update_service,
            cluster=id_.cluster,
            service=id_.name,
            desiredCount=desired,
        )
        seen = counts(answer["service"])
        if seen is not None:
            with self._board.known(service) as known:
                known.changed(seen, at=self._clock.monotonic(), now=self._clock.now())
