import threading
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from fastscale.meter.recorder import ARRIVED, CLIENT_ERROR, DISCONNECT, LEFT, SERVER_ERROR, Recorder


def test_a_calm_second() -> None:
    recorder = Recorder()
    recorder.events += [ARRIVED, 0.010, ARRIVED, 0.030]
    seen = recorder.fold(0)
    assert (seen.arrived, seen.active, seen.peak) == (2, 0, 1)
    assert seen.responses.average == 0.020


def test_requests_in_progress_are_carried_from_interval_to_interval() -> None:
    recorder = Recorder()
    recorder.events += [ARRIVED] * 3
    assert recorder.fold(0).active == 3

    recorder.events += [0.1, 0.1]
    later = recorder.fold(0)
    assert (later.arrived, later.active, later.peak) == (0, 1, 3)


def test_what_left_without_an_answer_has_no_response_time() -> None:
    recorder = Recorder()
    recorder.events += [ARRIVED, ARRIVED, LEFT, 0.5]
    recorder.outcomes += [DISCONNECT]
    seen = recorder.fold(0)
    assert (seen.arrived, seen.active, seen.disconnects) == (2, 0, 1)
    assert (seen.responses.count, seen.responses.average) == (1, 0.5)


def test_errors_are_counted_by_class() -> None:
    recorder = Recorder()
    recorder.outcomes += [CLIENT_ERROR, SERVER_ERROR, CLIENT_ERROR]
    seen = recorder.fold(0)
    assert (seen.client_errors, seen.server_errors, seen.disconnects) == (2, 1, 0)


def test_queue_time_is_read_against_the_wall_clock() -> None:
    recorder = Recorder()
    recorder.queued += [(100.0, b"t=1700000099.75"), (101.0, b"nonsense")]
    seen = recorder.fold(wall_minus_monotonic=1_700_000_000.0)
    assert (seen.queue.count, seen.queue.average) == (1, 0.25)


@given(st.lists(st.booleans(), max_size=20_000))
def test_peak_and_active_are_those_of_the_replayed_events(wishes: list[bool]) -> None:
    recorder, moves, in_progress = Recorder(), [], 0
    for arrive in wishes:
        if arrive or not in_progress:
            recorder.events.append(ARRIVED)
            moves.append(1)
        else:
            recorder.events.append(0.001)
            moves.append(-1)
        in_progress += moves[-1]
    seen = recorder.fold(0)
    assert seen.active == in_progress
    assert seen.peak == max(accumulate(moves), default=0)
    assert seen.arrived == moves.count(1)


@given(st.lists(st.sampled_from(["arrive", "leave", "fold", "look"]), max_size=200))
def test_counts_are_the_same_whenever_they_are_asked_and_folded(steps: list[str]) -> None:
    recorder, arrived, left = Recorder(), 0, 0
    for step in steps:
        if step == "arrive":
            recorder.events.append(ARRIVED)
            arrived += 1
        elif step == "leave" and left < arrived:
            recorder.events.append(0.001)
            left += 1
        elif step == "fold":
            recorder.fold(0)
        elif step == "look":
            assert recorder.counts() == (arrived, arrived - left)
    assert recorder.counts() == (arrived, arrived - left)


def test_no_event_is_lost_between_threads_that_append_and_one_that_folds() -> None:
    recorder, finished = Recorder(), threading.Event()
    seen = []

    def serve() -> None:
        for _ in range(25_000):
            recorder.events.append(ARRIVED)
            recorder.events.append(0.001)
            recorder.outcomes.append(SERVER_ERROR)

    def fold() -> None:
        while not finished.is_set():
            seen.append(recorder.fold(0))

    servers = [threading.Thread(target=serve) for _ in range(4)]
    folder = threading.Thread(target=fold)
    for thread in (folder, *servers):
        thread.start()
    for thread in servers:
        thread.join()
    finished.set()
    folder.join()
    seen.append(recorder.fold(0))

    assert sum(part.arrived for part in seen) == 100_000
    assert sum(part.responses.count for part in seen) == 100_000
    assert sum(part.server_errors for part in seen) == 100_000
    assert seen[-1].active == 0
    assert max(part.peak for part in seen) <= 4


def test_after_a_fork_the_child_begins_anew_with_the_same_lists() -> None:
    recorder = Recorder()
    append = recorder.events.append
    append(ARRIVED)
    recorder.fold(0)
    append(ARRIVED)

    recorder.reset()
    append(ARRIVED)

    seen = recorder.fold(0)
    assert (seen.arrived, seen.active) == (1, 1)
