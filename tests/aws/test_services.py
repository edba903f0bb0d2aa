"""Services through the real API: what is seen, what is set, and what happens when AWS refuses."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from fastscale.aws.services import INSIST_SECONDS, LIMITS_TRUSTED_SECONDS, LOOK_TRUSTED_SECONDS, EcsServices
from fastscale.control.clock import SteadyClock
from fastscale.errors import ActionError
from fastscale.ports import Change, ServiceView, Target, Unseen
from tests.aws.shop import Shop, clients
from tests.control.fakes import FakeLease, reading
from tests.localcloud.server.process import Server, eventually


class Watch:
    """The port on one shop, watched by its own threads."""

    def __init__(self, shop: Shop, services: EcsServices, lease: FakeLease) -> None:
        self.shop = shop
        self.services = services
        self.lease = lease

    def seen(self) -> ServiceView | Unseen:
        return self.services.view(self.shop.id, 0.0)

    def view(self) -> ServiceView:
        view = self.seen()
        assert isinstance(view, ServiceView), view
        return view

    def until(self, condition: Callable[[ServiceView], bool], seconds: float = 8.0) -> ServiceView:
        def holds() -> bool:
            seen = self.seen()
            return isinstance(seen, ServiceView) and condition(seen)

        assert eventually(holds, seconds), self.seen()
        return self.view()

    def set_desired(self, desired: int, *, tried_seconds: float = 0.0) -> Change:
        reading = self.view().reading
        return self.services.set_desired(self.shop.id, desired, seen=reading, tried_seconds=tried_seconds)


class Ahead(SteadyClock):
    """A clock that can be set ahead."""

    seconds = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.seconds


@contextmanager
def watching(
    shop: Shop,
    refuse: dict[str, float] | None = None,
    *,
    clock: SteadyClock | None = None,
    before_sign: Callable[[], None] | None = None,
) -> Iterator[Watch]:
    stop, lease, make = Event(), FakeLease(), clients(shop.server, refuse=refuse)

    def made(service: str) -> Any:
        client = make(service)
        if before_sign is not None:
            client.meta.events.register("before-sign.ecs.UpdateService", lambda **_: before_sign())
        return client

    services = EcsServices([shop.id], clients=made, clock=clock or SteadyClock(), lease=lease)
    threads = services.watch(stop)
    try:
        yield Watch(shop, services, lease)
    finally:
        stop.set()
        for thread in threads:
            thread.join(5)


def test_a_service_is_seen_with_its_targets_limits_and_starting_tasks(shop: Shop) -> None:
    with watching(shop) as watch:
        view = watch.until(lambda view: view.reading.serving == 2)
        assert view.targets == (Target("127.0.2.1", 8080), Target("127.0.2.2", 8080))
        assert (view.reading.min_capacity, view.reading.max_capacity) == (2, 20)
        assert view.doubts == ()

        launched = time.time() - 20
        shop.set_desired(3)
        shop.tasks(["RUNNING", "RUNNING", "PENDING"], launched=launched)
        view = watch.until(lambda view: view.reading.starting == (pytest.approx(launched, abs=0.01),))
        assert (view.reading.desired, view.reading.running, view.reading.serving) == (3, 2, 2)

        shop.serving(3, launched=launched)
        view = watch.until(lambda view: view.reading.serving == 3)
        assert view.reading.starting == ()
        (startup,) = watch.services.launches(shop.id)
        assert 20 <= startup <= 30


def test_a_raise_and_a_reduction_are_set_within_the_limits_of_that_moment(shop: Shop) -> None:
    with watching(shop) as watch:
        watch.until(lambda view: view.reading.serving == 2)
        assert watch.set_desired(6) == Change(desired=6)
        assert shop.desired() == watch.view().reading.desired == 6

        shop.limit(4, 8)
        assert watch.set_desired(30) == Change(desired=8, note="the limits are 4 to 8 tasks")
        shop.tasks(["RUNNING"] * 8)
        watch.until(lambda view: not view.reading.deploying)
        assert watch.set_desired(1) == Change(desired=4, note="the limits are 4 to 8 tasks")


def test_what_somebody_else_set_between_look_and_change_stays(shop: Shop) -> None:
    with watching(shop) as watch:
        seen = watch.until(lambda view: view.reading.serving == 2).reading
        shop.set_desired(12)
        assert watch.services.set_desired(shop.id, 7, seen=seen).desired is None
        assert shop.desired() == 12

        seen = watch.until(lambda view: view.reading.desired == 12).reading
        shop.tasks(["RUNNING"] * 12)
        shop.set_desired(15)
        change = watch.services.set_desired(shop.id, 4, seen=seen)
        assert change.note == "somebody set the desired count to 15 meanwhile"
        assert shop.desired() == 15


def test_suspended_scaling_is_seen_and_respected(shop: Shop) -> None:
    shop.limit(2, 20, DynamicScalingOutSuspended=True)
    with watching(shop) as watch:
        watch.until(lambda view: view.reading.scale_out_suspended)
        assert watch.set_desired(9) == Change(desired=None, note="scale-out is suspended")
        assert shop.desired() == 2


def test_without_the_lease_nothing_is_set(shop: Shop) -> None:
    with watching(shop) as watch:
        watch.until(lambda view: view.reading.serving == 2)
        watch.lease.holds = False
        assert watch.set_desired(9).desired is None
        assert shop.desired() == 2


def test_a_change_that_is_held_up_on_its_way_rests_on_a_new_look(shop: Shop) -> None:
    """Credentials are renewed while a request is signed, which may take long."""
    clock, held_up = Ahead(), [LOOK_TRUSTED_SECONDS + 0.5]

    def sign() -> None:
        clock.seconds += held_up.pop() if held_up else 0

    with watching(shop, clock=clock, before_sign=sign) as watch:
        watch.until(lambda view: view.reading.serving == 2)
        with pytest.raises(ActionError, match=r"it was held up, so that its look is 2\.\d s old"):
            watch.set_desired(9)
        assert shop.desired() == 2
        assert watch.set_desired(9) == Change(desired=9)


def test_who_shares_a_client_is_not_held_up_by_the_other(shop: Shop) -> None:
    ecs = clients(shop.server)("ecs")

    def shared(service: str) -> Any:
        return ecs if service == "ecs" else clients(shop.server)(service)

    EcsServices([shop.id], clients=shared, clock=SteadyClock(), lease=FakeLease(holds=False))
    port = EcsServices([shop.id], clients=shared, clock=SteadyClock(), lease=FakeLease())
    assert port.set_desired(shop.id, 9, seen=reading()) == Change(desired=9)


def test_a_change_does_not_leave_after_the_lease(shop: Shop) -> None:
    watches: list[Watch] = []

    def sign() -> None:
        watches[0].lease.holds = False

    with watching(shop, before_sign=sign) as watch:
        watches.append(watch)
        watch.until(lambda view: view.reading.serving == 2)
        with pytest.raises(ActionError, match="the lease ran out before it was sent"):
            watch.set_desired(9)
        assert watch.set_desired(9) == Change(desired=None, note="the lease was lost meanwhile: the other replica acts")
        assert shop.desired() == 2


def test_limits_that_cannot_be_read_are_insisted_on_then_bound_a_raise_and_forbid_taking_tasks_away(
    shop: Shop,
) -> None:
    refuse: dict[str, float] = {}
    with watching(shop, refuse) as watch:
        watch.until(lambda view: view.reading.serving == 2)
        refuse["DescribeScalableTargets"] = 1.0
        with pytest.raises(ActionError, match="desired count 30 was not set"):
            watch.set_desired(30, tried_seconds=INSIST_SECONDS - 0.1)
        change = watch.set_desired(30, tried_seconds=INSIST_SECONDS)
        assert change.desired == 20
        assert re.fullmatch(r"the limits are 2 to 20 tasks, as read \d+ s ago", change.note)
        shop.tasks(["RUNNING"] * 20)
        watch.until(lambda view: view.reading.running == 20 and not view.reading.deploying)
        assert watch.set_desired(4) == Change(desired=None, note="the limits cannot be read now: no task is taken away")


def test_limits_are_not_trusted_for_ever(shop: Shop) -> None:
    refuse: dict[str, float] = {}
    clock = Ahead()
    with watching(shop, refuse, clock=clock) as watch:
        watch.until(lambda view: view.reading.serving == 2)
        refuse["DescribeScalableTargets"] = 1.0
        clock.seconds = LIMITS_TRUSTED_SECONDS + 1
        watch.until(lambda view: len(view.doubts) == 1)  # counts and targets are those of now
        with pytest.raises(ActionError, match=r"its limits are 6\d s old"):
            watch.set_desired(9, tried_seconds=INSIST_SECONDS)
        assert shop.desired() == 2
        refuse.clear()
        assert eventually(lambda: _works(watch, 9), seconds=10)


def test_a_throttled_change_is_an_error_that_may_be_tried_again(shop: Shop) -> None:
    refuse: dict[str, float] = {}
    with watching(shop, refuse) as watch:
        watch.until(lambda view: view.reading.serving == 2)
        refuse["UpdateService"] = 1.0
        with pytest.raises(ActionError, match="Rate exceeded"):
            watch.set_desired(9)
        refuse.clear()
        assert eventually(lambda: _works(watch, 9), seconds=3)
        assert shop.desired() == 9


def _works(watch: Watch, desired: int) -> bool:
    try:
        return watch.set_desired(desired).desired == desired
    except ActionError:
        return False


def test_a_third_of_all_calls_throttled_still_shows_the_service(shop: Shop) -> None:
    with watching(shop, {"*": 0.3}) as watch:
        watch.until(lambda view: view.reading.serving == 2)
        shop.set_desired(4)
        shop.serving(4)
        assert watch.until(lambda view: view.reading.serving == 4).reading.desired == 4


def test_an_api_that_is_away_leaves_the_last_view_and_no_way_to_act(shop: Shop) -> None:
    refuse: dict[str, float] = {}
    with watching(shop, refuse) as watch:
        watch.until(lambda view: view.reading.serving == 2)
        refuse["*"] = 1.0
        time.sleep(0.5)
        assert watch.view().reading.desired == 2
        with pytest.raises(ActionError):
            watch.set_desired(9)
        assert shop.desired() == 2


def test_what_is_not_there_is_named(server: Server, shop: Shop) -> None:
    gone = EcsServices(
        ["service/nowhere/web", f"service/{shop.name}/other"],
        clients=clients(server),
        clock=SteadyClock(),
        lease=FakeLease(),
    )
    stop = Event()
    threads = gone.watch(stop)

    def named() -> bool:
        views = [gone.view(service, 0.0) for service in ("service/nowhere/web", f"service/{shop.name}/other")]
        reasons = [seen.reason for seen in views if isinstance(seen, Unseen)]
        return all("no active service" in reason and "no scalable target" in reason for reason in reasons)

    assert eventually(named)
    stop.set()
    for thread in threads:
        thread.join(5)
