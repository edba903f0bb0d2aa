"""What the controller asks AWS about its services, and how often; the answers go to a board."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fastscale import names
from fastscale.aws import quotas
from fastscale.aws.board import Board
from fastscale.aws.calls import ApiError, Calls
from fastscale.aws.known import Known
from fastscale.aws.looker import Question
from fastscale.aws.quotas import Paces
from fastscale.aws.service_shapes import Counts, Limits, ServiceId, TaskLife, counts, limits, target_states, task_lives
from fastscale.aws.session import MakeClient
from fastscale.ports import Clock

#: The shortest rest between two looks at a service, in seconds.
IN_MOTION_SECONDS = 1.0
#: How often the tasks that start are looked at, in seconds.
TASKS_SECONDS = 2.0
#: How often targets are asked for although nothing says that they changed, in seconds.
TARGETS_SECONDS = 15.0
#: How often the limits are asked for, in seconds; before a change they are asked for once more.
LIMITS_SECONDS = 10.0

NEVER = math.inf


class Questions:
    """Asks about the services of ``board``; ``target_groups`` are ARNs by resource id, found by itself when left out.

    Each method is called from one thread at a time, different ones from different threads.
    """

    def __init__(
        self,
        board: Board,
        *,
        clients: MakeClient,
        calls: Calls,
        paces: Paces,
        clock: Clock,
        target_groups: Mapping[str, str],
    ) -> None:
        self._board = board
        self._ecs = clients("ecs")
        self._elb = clients("elbv2")
        self._autoscaling = clients("application-autoscaling")
        self._calls = calls
        self._paces = paces
        self._clock = clock
        self._target_groups = target_groups
        clusters = Counter(ServiceId.of(service).cluster for service in board.services)
        calls_a_look = sum(math.ceil(services / quotas.SERVICES_A_CALL) for services in clusters.values())
        self._calm_seconds = max(IN_MOTION_SECONDS, calls_a_look / quotas.SERVICE_READS_A_SECOND)
        self._targets_seconds = max(TARGETS_SECONDS, len(board.services) / quotas.HEALTH_READS_A_SECOND)

    def all(self) -> list[Question]:
        """Every question, for a looker each."""
        return [
            Question(
                name="DescribeServices",
                most=quotas.SERVICES_A_CALL,
                ask=self.ask_counts,
                rests=partial(self._board.of_each, self._counts_rest),
                group=lambda service: ServiceId.of(service).cluster,
            ),
            Question(
                name="DescribeTargetHealth",
                most=1,
                ask=self.ask_targets,
                rests=partial(self._board.of_each, self._targets_rest),
            ),
            Question(name="DescribeTasks", most=1, ask=self.ask_tasks, rests=partial(self._board.of_each, _tasks_rest)),
            Question(
                name="DescribeScalableTargets",
                most=quotas.TARGETS_A_CALL,
                ask=self.ask_limits,
                rests=partial(self._board.of_each, lambda _: LIMITS_SECONDS),
            ),
        ]

    def ask_counts(self, services: Sequence[str], *, urgent: bool = False) -> Mapping[str, Counts | None]:
        """DescribeServices for up to ten services of one cluster; None for one that is not active. Raises ApiError."""
        at, now = self._clock.monotonic(), self._clock.now()
        pace = self._paces.services_before_a_change if urgent else self._paces.services
        ids = {ServiceId.of(service).name: service for service in services}
        cluster = ServiceId.of(services[0]).cluster
        try:
            answer = self._calls.make(pace, self._ecs.describe_services, cluster=cluster, services=list(ids))
        except ApiError as error:
            if error.code == "ClusterNotFoundException":
                self._saw_counts(dict.fromkeys(services), at=at, now=now)
            raise
        by_name = {shape["serviceName"]: counts(shape) for shape in answer["services"]}
        found = {service: by_name.get(name) for name, service in ids.items()}
        self._saw_counts(found, at=at, now=now)
        return found

    def _saw_counts(self, found: Mapping[str, Counts | None], *, at: float, now: float) -> None:
        for service, seen in found.items():
            with self._board.known(service) as known:
                known.saw_counts(seen, at=at, now=now)

    def ask_limits(self, services: Sequence[str], *, urgent: bool = False) -> Mapping[str, Limits]:
        """DescribeScalableTargets for up to fifty services; those that are registered. Raises ApiError."""
        at = self._clock.monotonic()
        pace = self._paces.limits_before_a_change if urgent else self._paces.limits
        answer = self._calls.make(
            pace,
            self._autoscaling.describe_scalable_targets,
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS,
            ResourceIds=list(services),
        )
        found = limits(answer)
        for service in services:
            with self._board.known(service) as known:
                known.saw_limits(found.get(service), at=at)
        return found

    def ask_targets(self, services: Sequence[str]) -> None:
        """DescribeTargetHealth for each service, once for each of its target groups. Raises ApiError."""
        for service in services:
            groups = self._groups(service)
            if not groups:
                continue
            at = self._clock.monotonic()
            ask = self._elb.describe_target_health
            answers = [self._calls.make(self._paces.health, ask, TargetGroupArn=groups[0])]
            answers += [self._calls.make_in_turn(self._paces.health, ask, TargetGroupArn=arn) for arn in groups[1:]]
            with self._board.known(service) as known:
                known.saw_targets(target_states(*answers), at=at, now=self._clock.now())

    def ask_tasks(self, services: Sequence[str]) -> None:
        """ListTasks, and DescribeTasks for those that are new, for each service. Raises ApiError."""
        for service in services:
            arns = self._list_tasks(ServiceId.of(service))
            with self._board.known(service) as known:
                unknown = known.unknown(arns)
            lives = self._describe_tasks(ServiceId.of(service), unknown)
            with self._board.known(service) as known:
                known.saw_tasks(arns, lives)

    def _list_tasks(self, service: ServiceId) -> list[str]:
        arns: list[str] = []
        page: dict[str, Any] = {}
        while True:
            answer = self._calls.make_in_turn(
                self._paces.tasks,
                self._ecs.list_tasks,
                cluster=service.cluster,
                serviceName=service.name,
                desiredStatus="RUNNING",
                maxResults=quotas.TASKS_A_CALL,
                **page,
            )
            arns += answer["taskArns"]
            if not answer.get("nextToken"):
                return arns
            page = {"nextToken": answer["nextToken"]}

    def _describe_tasks(self, service: ServiceId, arns: Sequence[str]) -> list[TaskLife]:
        lives: list[TaskLife] = []
        for first in range(0, len(arns), quotas.TASKS_A_CALL):
            part = list(arns[first : first + quotas.TASKS_A_CALL])
            answer = self._calls.make_in_turn(
                self._paces.tasks, self._ecs.describe_tasks, cluster=service.cluster, tasks=part
            )
            lives += task_lives(answer["tasks"])
        return lives

    def _groups(self, service: str) -> tuple[str, ...]:
        """The ARNs of the target groups that hold the service's tasks, as configured and as ECS names them."""
        with self._board.known(service) as known:
            if known.counts is None:
                return ()
            groups = known.counts.value.groups_with(self._target_groups.get(service))
            if groups:
                known.missing.pop("targets", None)
            else:
                known.missing["targets"] = "the service has no target group, by which its tasks would be found"
            return groups

    # -- how long a service may wait for its next look ---------------------------------------------------------------

    def _counts_rest(self, known: Known) -> float:
        return IN_MOTION_SECONDS if known.in_motion else self._calm_seconds

    def _targets_rest(self, known: Known) -> float:
        if known.counts is None:  # they tell which target groups there are
            return NEVER
        return IN_MOTION_SECONDS if known.targets_wanted else self._targets_seconds


def _tasks_rest(known: Known) -> float:
    return TASKS_SECONDS if known.starting else NEVER
