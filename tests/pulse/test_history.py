"""Learnt days across restarts, replicas and failures of the store."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fastscale.control.clock import SteadyClock
from fastscale.decide.pulse import season_bytes
from fastscale.decide.pulse.observation import LoadReading
from fastscale.decide.pulse.season import Season
from fastscale.errors import StoreError
from fastscale.pulse.history import (
    FIRST_RETRY_SECONDS,
    JITTER,
    SAVE_SECONDS,
    SHORTEST_RETRY_SECONDS,
    Habits,
    LearntDays,
)
from fastscale.pulse.history_files import FileHistoryStore
from tests.decide.pulse.days import Week, shop

SERVICE = "service/shop/web"
HABITS = Habits(time_zone="Asia/Seoul", startup_seconds=30)


@dataclass
class ShakyStore:
    """Keeps contents in memory; the next ``failures`` calls fail. A save is refused once after somebody else's."""

    kept: dict[str, bytes] = field(default_factory=dict)
    failures: int = 0
    saves: int = 0

    def load(self, service: str) -> bytes | None:
        self._may_fail()
        return self.kept.get(service)

    def save(self, service: str, content: bytes) -> None:
        self._may_fail()
        self.saves += 1
        self.kept[service] = content

    def _may_fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreError("DynamoDB: throttled")


def learning(store: ShakyStore | FileHistoryStore, *, jitter: float | None = None) -> LearntDays:
    return LearntDays({SERVICE: HABITS}, store, jitter=random.random if jitter is None else lambda: jitter)


def minutes(days: LearntDays, start: float, count: int, rate: float = 100.0) -> float:
    for number in range(count):
        reading = LoadReading(arrivals=60 * rate, seconds=60, tasks_read=2, tasks_serving=2, rate=rate)
        days.observe(SERVICE, reading, start + 60 * (number + 1))
    return start + 60 * count


def at_fourth_morning() -> Week:
    week = Week()
    week.days(shop, shop, shop)
    week.until(8.8, shop)
    return week


def floor(days: LearntDays, now: float) -> int | None:
    found = days.forecast(SERVICE, now, requests_per_task=100)
    return None if found is None else found.floor


def test_a_new_process_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    week, store = at_fourth_morning(), FileHistoryStore(tmp_path / "deep" / "er")
    store.save(SERVICE, season_bytes.to_bytes(week.season))
    days = learning(store)
    days.turn(SERVICE)
    assert floor(days, week.now) == 4


def test_what_is_learnt_is_saved_by_turns_and_only_when_there_is_more() -> None:
    store = ShakyStore()
    days = learning(store)
    now = minutes(days, 1.8e9, 12)
    assert SAVE_SECONDS * (1 - JITTER) <= days.turn(SERVICE) <= SAVE_SECONDS * (1 + JITTER)
    days.turn(SERVICE)
    assert store.saves == 1
    minutes(days, now, 6)
    days.turn(SERVICE)
    assert store.saves == 2


def test_nothing_is_saved_over_a_history_that_could_not_be_read_yet() -> None:
    week = at_fourth_morning()
    store = ShakyStore({SERVICE: season_bytes.to_bytes(week.season)}, failures=2)
    days = learning(store, jitter=1.0)
    first = days.turn(SERVICE)
    now = minutes(days, week.now, 7, 60)
    assert floor(days, now) is None
    second = days.turn(SERVICE)
    assert (first, second) == (FIRST_RETRY_SECONDS, 2 * FIRST_RETRY_SECONDS)
    assert store.saves == 0
    days.turn(SERVICE)
    assert floor(days, now) == 4


def test_a_store_that_fails_never_hurts_the_learning(caplog: pytest.LogCaptureFixture) -> None:
    store = ShakyStore()
    days = learning(store)
    days.turn(SERVICE)
    store.failures = 100
    now = 1.8e9
    for _ in range(20):
        now = minutes(days, now, 6)
        assert SHORTEST_RETRY_SECONDS <= days.turn(SERVICE) <= SAVE_SECONDS
    store.failures = 3_000
    assert all(days.turn(SERVICE) <= SAVE_SECONDS for _ in range(1_200))  # an outage of days
    assert "not saved: DynamoDB: throttled" in caplog.text
    store.failures = 0
    days.turn(SERVICE)
    assert season_bytes.from_bytes(store.kept[SERVICE]).closed == now // 300 - 2  # its last slot is still open


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"nonsense", "damaged"), (season_bytes.to_bytes(Season(time_zone="UTC")), "its days were those of UTC")],
)
def test_learning_begins_anew_when_nothing_can_be_built_on_the_old(
    content: bytes, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = ShakyStore({SERVICE: content})
    days = learning(store)
    days.turn(SERVICE)
    minutes(days, 1.8e9, 12)
    days.turn(SERVICE)
    assert says in caplog.text
    assert season_bytes.from_bytes(store.kept[SERVICE]).time_zone == "Asia/Seoul"


def test_a_replica_that_was_stopped_for_a_while_takes_over_what_the_other_one_learnt() -> None:
    store = ShakyStore()
    stopped, other = learning(store), learning(store)
    now = minutes(stopped, 1.8e9, 12)
    minutes(other, 1.8e9, 60)
    stopped.turn(SERVICE)
    other.turn(SERVICE)
    minutes(other, now + 48 * 60, 12)
    other.turn(SERVICE)
    newest = store.kept[SERVICE]
    minutes(stopped, now + 30 * 60, 6)
    store.failures = 1  # as the store refuses a save after another one's
    stopped.turn(SERVICE)
    stopped.turn(SERVICE)
    assert store.kept[SERVICE] == newest


def test_the_thread_saves_once_more_when_it_is_stopped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    store = FileHistoryStore(tmp_path)
    days, stop = learning(store), threading.Event()
    now = minutes(days, 1.8e9, 15)
    thread = threading.Thread(target=days.run, args=(stop, SteadyClock()))
    thread.start()
    deadline = time.monotonic() + 10
    while store.load(SERVICE) is None and time.monotonic() < deadline:
        time.sleep(0.005)
    now = minutes(days, now, 17)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    content = store.load(SERVICE)
    assert content is not None
    opened = season_bytes.from_bytes(content).open
    assert opened is not None
    assert (opened.slot, opened.seconds) == (now // 300, 120)
    assert not caplog.records


def test_one_service_with_an_odd_answer_holds_up_no_other_and_ends_nothing() -> None:
    class Odd(ShakyStore):
        def load(self, service: str) -> bytes | None:
            if service == "service/shop/odd":
                raise KeyError("version")
            return super().load(service)

    store, stop = Odd(), threading.Event()
    days = LearntDays({"service/shop/odd": HABITS, SERVICE: HABITS}, store)
    minutes(days, 1.8e9, 12)
    thread = threading.Thread(target=days.run, args=(stop, SteadyClock()))
    thread.start()
    deadline = time.monotonic() + 10
    while SERVICE not in store.kept and time.monotonic() < deadline:
        time.sleep(0.005)
    assert thread.is_alive()
    stop.set()
    thread.join(10)
    assert SERVICE in store.kept


def test_files_of_services_do_not_meet_and_are_replaced_as_a_whole(tmp_path: Path) -> None:
    store = FileHistoryStore(tmp_path)
    store.save("service/a/b", b"1")
    store.save("service/a_b", b"2")
    store.save("service/a/b", b"3")
    assert (store.load("service/a/b"), store.load("service/a_b"), store.load("service/c")) == (b"3", b"2", None)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be written"):
        FileHistoryStore(tmp_path).save("a", b"1")


def test_a_path_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FileHistoryStore(tmp_path / "file")
    with pytest.raises(StoreError, match="cannot be written"):
        store.save("a", b"1")
    with pytest.raises(StoreError, match="cannot be read"):
        store.load("a")
