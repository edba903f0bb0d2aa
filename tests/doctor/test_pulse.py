"""Break Pulse on a real API server: its service, its heartbeat, its permissions, its reads, its changes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from fastscale import names
from fastscale.doctor.finding import Level
from fastscale.doctor.pulse import check_reads
from tests.doctor.controller import Controller
from tests.doctor.deployed import Deployed, small_plan


def problems(controller: Controller, subject: str = "pulse") -> list[str]:
    found = controller.watched.examine()
    assert {finding.subject for finding in found if finding.level is Level.PROBLEM} <= {subject}
    return [finding.text for finding in found if finding.level is Level.PROBLEM]


@pytest.fixture
def controller(deployed: Deployed) -> Controller:
    return Controller(deployed).run()


def test_pulse_that_does_its_work_is_told(controller: Controller) -> None:
    controller.log("change", time.time(), set=4)
    told = [finding.text for finding in controller.watched.examine() if finding.subject == "pulse"]
    assert problems(controller) == []
    assert told[0] == f"{controller.name} runs 1 of 1 tasks"
    assert told[1].startswith("the last heartbeat is ")
    assert told[2:] == ["reads 100% of 1 tasks, 0 reads a second fail", "set the desired count to 4"]


def test_pulse_that_is_missing_stopped_or_silent(deployed: Deployed) -> None:
    controller = Controller(deployed)
    name, alarm, now = controller.name, controller.alarm, time.time()
    assert problems(controller) == [f"the service {name} does not exist", f"{alarm} does not exist"]

    controller.start()
    controller.put_alarm()
    assert problems(controller) == [
        f"{name} runs none of 1 tasks: alarms scale alone",
        "no heartbeat arrived in 15 minutes: alarms scale alone",
    ]
    deployed.report_tasks(deployed.task(9), service=name)
    controller.tell(now - 200)
    (silent,) = [one for one in deployed.examine(at=now) if one.level is Level.PROBLEM]
    assert silent.text.startswith("the last heartbeat is 2")
    assert silent.fix == f"read its log group /ecs/{name}"
    controller.tell(now - 5, failures=0, share=1)
    assert problems(controller) == []

    deployed.server.client("cloudwatch").disable_alarm_actions(AlarmNames=[alarm])
    assert problems(controller) == [f"{alarm}: its actions are disabled"]
    deployed.server.client("ecs").update_service(cluster=deployed.name, service=name, desiredCount=0)
    assert problems(controller)[0] == f"{name} was set to 0 tasks: alarms scale alone"


#: What its role lacks, and what is told of it.
LACKING: list[tuple[dict[str, Any], str]] = [
    ({"without": "ecs:DescribeTasks"}, "ecs:DescribeTasks"),
    ({"without": "elasticloadbalancing:DescribeTargetHealth"}, "elasticloadbalancing:DescribeTargetHealth"),
    ({"service": "arn:aws:ecs:ap-northeast-2:123456789012:service/other/other"}, "ecs:UpdateService"),
    ({"namespaces": ("Other",)}, "cloudwatch:PutMetricData for {name}, cloudwatch:PutMetricData for {pulse}"),
]


def test_pulse_that_may_not_do_its_work(controller: Controller) -> None:
    for how, told in LACKING:
        controller.allow(**how)
        actions = told.format(name=controller.watched.name, pulse=names.NAMESPACE_PULSE)
        expected = f"the role of Pulse, {controller.name}-task, may not {actions}"
        assert problems(controller, "permissions") == [expected]


def test_pulse_that_cannot_reach_the_tasks(controller: Controller) -> None:
    controller.tell(time.time(), failures=1, share=0)
    (found,) = [one for one in controller.watched.examine() if one.level is Level.PROBLEM]
    assert found.subject == "pulse"
    assert found.text.startswith("reads 50% of 1 tasks, 0.5 reads a second fail: it takes no task away")
    assert found.fix == "let Pulse's security group reach port 8080 of the tasks; /metrics must answer there"


def test_pulse_whose_change_was_refused(controller: Controller) -> None:
    note = "the service: desired count 4 was not set: AccessDeniedException: not authorized"
    controller.log("no change", time.time() - 20, wanted=4, note=note)
    assert problems(controller) == [note]
    controller.log("change", time.time(), set=4)
    assert problems(controller) == []


@pytest.mark.parametrize(
    ("failed", "share", "targets", "level"),
    [
        (0.0, 1.0, 10, Level.OK),
        (1.0, 0.9, 10, Level.OK),
        (2.0, 0.8, 10, Level.PROBLEM),
        (0.0, 0.4, 1000, Level.OK),  # a sample of 400 is all that it means to read
        (80.0, 0.32, 1000, Level.PROBLEM),
        (0.0, 0.5, 10, Level.PROBLEM),  # it knows of half of the tasks only
        (None, None, 10, Level.PROBLEM),
    ],
)
def test_the_share_of_silent_tasks_counts(
    failed: float | None, share: float | None, targets: int, level: Level
) -> None:
    (found,) = check_reads(failed, share, targets, small_plan("shop"))
    assert found.level is level


def test_without_targets_there_is_nothing_to_read() -> None:
    assert list(check_reads(None, None, 0, small_plan("shop"))) == []
