from __future__ import annotations

from dataclasses import replace

import pytest

from fastscale import names
from fastscale.demo.records import CountChange, Evidence, PolicyCall, PulseNote, Recording, TaskLife
from fastscale.demo.timeline import Milestones, milestones
from tests.demo.recordings import ALARM, Answer, record


def judged(recording: Recording, demand: float = 600) -> Milestones:
    return milestones(recording, demand=demand, task_capacity=100)


def with_evidence(recording: Recording, **changed: object) -> Recording:
    return recording.model_copy(update={"evidence": recording.evidence.model_copy(update=changed)})


def test_a_surge_is_answered_step_by_step() -> None:
    """Samples are taken half a second after each second, so what only they can tell is seen up to a second late."""
    reached = judged(record(Answer(breach=6, alarm=9.8, trigger=10.1, running=33.4, healthy=39)))

    assert reached == Milestones(
        trigger=10.1,
        breaching_metric=6.5,
        alarm=9.8,
        alarm_trigger=10.1,
        running=33.4,
        healthy=39.5,
        capacity=39.5,
    )


def test_an_alarm_between_two_samples_has_seen_the_breach_sooner() -> None:
    reached = judged(record(Answer(breach=9.6, alarm=9.8, trigger=10.1, running=33.4, healthy=39)))

    assert reached.breaching_metric == reached.alarm == 9.8


def test_pulse_acts_long_before_the_alarm_path_would_have() -> None:
    """Pulse raises 2 to 8 in the second second of the surge; the alarm calls its policy 9 s in, to no effect."""
    recording = record(Answer(alarm=9.0, trigger=None))
    at = recording.surge_at
    pulsed = with_evidence(
        recording,
        pulse=(PulseNote(at=at + 1.31, move="surge", desired=8, reason="10 times the load"),),
        count_changes=(CountChange(at=at + 1.36, previous=2, desired=8, by=names.PULSE_CONTAINER),),
        policy_calls=(PolicyCall(at=at + 9.1, alarm=ALARM), PolicyCall(at=at + 19.1, alarm=ALARM)),
    )

    reached = judged(pulsed)

    assert (reached.pulse_decision, reached.trigger, reached.alarm_trigger) == (1.31, 1.36, 9.1)


def test_what_pulse_decided_before_the_surge_is_no_answer_to_it() -> None:
    recording = record(Answer())
    early = PulseNote(at=recording.surge_at - 5, move="grow", desired=3, reason="more load")
    still = PulseNote(at=recording.surge_at + 5, move="hold", desired=None, reason="enough")

    assert judged(with_evidence(recording, pulse=(early, still))).pulse_decision is None


def test_without_timestamps_of_the_api_the_samples_tell() -> None:
    recording = with_evidence(record(Answer()), alarm_changes=(), activities=(), tasks=())

    reached = judged(recording)

    assert (reached.alarm, reached.trigger, reached.running) == (10.5, 10.5, 33.5)


def test_what_did_not_happen_is_none() -> None:
    never = Answer(breach=None, alarm=None, trigger=None, running=None, healthy=None)

    assert judged(record(never)) == Milestones()


def test_capacity_is_met_only_by_enough_healthy_tasks() -> None:
    reached = judged(record(Answer(tasks=5)))

    assert reached.healthy == 39.5
    assert reached.capacity is None


def test_capacity_that_was_there_before_is_met_at_once() -> None:
    assert judged(record(Answer()), demand=200).capacity == 0.5


def test_an_alarm_that_takes_capacity_away_is_not_the_alarm() -> None:
    """LowRPS is in ALARM throughout the calm; the surge's alarm is the one that scales out."""
    recording = with_evidence(record(Answer(alarm=None)), scale_out_alarms=(ALARM,))

    assert judged(recording).alarm is None


def test_a_task_that_replaced_a_lost_one_is_not_an_answer() -> None:
    recording = record(Answer(trigger=10, running=None))
    replacement = TaskLife(task="new", created_at=recording.surge_at + 3, started_at=recording.surge_at + 26)

    assert judged(with_evidence(recording, tasks=(replacement,))).running is None


def test_a_lowered_count_is_no_trigger() -> None:
    """Scaling in from 4 to 3 sets a desired count too."""
    recording = record(Answer(trigger=None))
    lower = [record(Answer(tasks=8)).evidence.activities[0].model_copy(update={"desired": 1})]

    assert judged(with_evidence(recording, activities=tuple(lower))).trigger is None


def test_the_first_raise_is_the_trigger_although_a_larger_one_overrode_it() -> None:
    """The confirming alarm corrects the first answer before ECS has fulfilled it."""
    recording = record(Answer(trigger=12))
    first = recording.evidence.activities[0].model_copy(update={"status": "Overridden", "at": recording.surge_at + 10})

    assert judged(with_evidence(recording, activities=(first, *recording.evidence.activities))).trigger == 10


def test_an_activity_that_failed_is_no_trigger() -> None:
    recording = record(Answer(trigger=12))
    failed = recording.evidence.activities[0].model_copy(update={"status": "Failed", "at": recording.surge_at + 10})

    assert judged(with_evidence(recording, activities=(failed, *recording.evidence.activities))).trigger == 12


def test_looks_that_got_no_answer_are_passed_over() -> None:
    recording = record(Answer())
    blind = dict.fromkeys(("desired", "running", "healthy", "alarms", "load"))
    samples = tuple(
        sample.model_copy(update=blind) if 15 <= number <= 25 else sample
        for number, sample in enumerate(recording.samples)
    )

    assert judged(recording.model_copy(update={"samples": samples})) == judged(recording)


def test_without_a_threshold_nothing_breaches() -> None:
    assert judged(with_evidence(record(Answer()), load_threshold=None)).breaching_metric is None


@pytest.mark.parametrize("calm_seconds", [5, 30])
def test_milestones_count_from_the_surge_whenever_it_comes(calm_seconds: int) -> None:
    answer = Answer(calm_seconds=calm_seconds)

    assert judged(record(answer)) == judged(record(replace(answer, calm_seconds=20)))


def test_an_empty_recording_has_no_milestones() -> None:
    recording = record(Answer()).model_copy(update={"samples": (), "evidence": Evidence()})

    assert judged(recording) == Milestones()
