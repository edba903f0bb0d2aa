"""The arithmetic of quotas, how policies are read, and how findings look."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from fastscale import plan_file, profiles
from fastscale.doctor.account import (
    ON_DEMAND_QUOTA,
    SPOT_QUOTA,
    TARGETS_QUOTA,
    check_balancer_quotas,
    check_fargate_quotas,
)
from fastscale.doctor.examination import examine
from fastscale.doctor.finding import Level, ok, problem
from fastscale.doctor.image import in_ecr
from fastscale.doctor.permissions import Need, Role, TaskRoles, allows, check_roles
from fastscale.doctor.report import lines


@pytest.mark.parametrize(
    ("quota", "level", "told"),
    [
        (25.0, Level.OK, "the ceiling needs 25"),
        (24.9, Level.PROBLEM, "100 tasks need 25, "),
        (None, Level.PROBLEM, "does not list"),
    ],
)
def test_the_quota_must_carry_the_ceiling(quota: float | None, level: Level, told: str) -> None:
    # 100 tasks of 256 CPU units are 25 vCPUs.
    quotas = {} if quota is None else {ON_DEMAND_QUOTA: quota}
    (found,) = check_fargate_quotas(quotas, profiles.profile("reference"))
    assert (found.level, told in found.text) == (level, True)


def test_spot_has_a_quota_of_its_own() -> None:
    # Of the 98 tasks above the floor of 2 half are on Spot: 49 x 0.25 vCPU; the other 51 are on demand.
    plan = plan_file.from_table({"profile": "reference", "service": {"spot_percent": 50}})
    found = list(check_fargate_quotas({ON_DEMAND_QUOTA: 12.75, SPOT_QUOTA: 12.0}, plan))
    assert [finding.level for finding in found] == [Level.OK, Level.PROBLEM]
    assert found[1].text == f"100 tasks need 12.25, {SPOT_QUOTA} is 12"


@pytest.mark.parametrize(("limit", "level"), [(100, Level.OK), (99, Level.PROBLEM), (None, Level.PROBLEM)])
def test_the_load_balancer_must_take_all_tasks_as_targets(limit: float | None, level: Level) -> None:
    quotas = {} if limit is None else {TARGETS_QUOTA: limit}
    (found,) = check_balancer_quotas(quotas, profiles.profile("reference"))
    assert found.level is level


def statement(action: object, effect: str = "Allow", **more: object) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": "*", **more}


def namespace(*names: str) -> dict[str, object]:
    return {"StringEquals": {"cloudwatch:namespace": list(names)}}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([statement("cloudwatch:PutMetricData")], True),
        ([statement(["logs:*", "cloudwatch:Put*"])], True),
        (statement("CLOUDWATCH:putmetricdata"), True),
        ([statement("cloudwatch:PutMetricData", Condition=namespace("Shop", "Web"))], True),
        ([statement("cloudwatch:PutMetricData", Condition=namespace("Web"))], False),
        ([statement("cloudwatch:GetMetricData")], False),
        ([statement("cloudwatch:*"), statement("cloudwatch:PutMetricData", "Deny")], False),
        ([statement("cloudwatch:*"), statement("*", "Deny", Condition={"Bool": {"aws:SecureTransport": False}})], True),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], False),
    ],
)
def test_policies_are_read_as_iam_reads_them(statements: object, allowed: bool) -> None:
    need = Need("cloudwatch:PutMetricData", context={"cloudwatch:namespace": "Shop"})
    assert allows([{"Statement": statements}], need) is allowed


@pytest.mark.parametrize(
    ("resources", "allowed"),
    [
        ("*", True),
        ("arn:aws:ecs:eu-west-1:1:service/shop/*", True),
        (["arn:aws:ecs:eu-west-1:1:service/shop/api", "arn:aws:ecs:eu-west-1:1:service/shop/web"], True),
        ("arn:aws:ecs:eu-west-1:1:service/shop/api", False),
    ],
)
def test_an_action_on_another_resource_does_not_help(resources: object, allowed: bool) -> None:
    need = Need("ecs:UpdateService", "arn:aws:ecs:eu-west-1:1:service/shop/web")
    assert allows([{"Statement": statement("ecs:UpdateService") | {"Resource": resources}}], need) is allowed


def test_who_pulls_from_ecr_needs_more() -> None:
    logs = Role("execution", [{"Statement": statement(["logs:CreateLogStream", "logs:PutLogEvents"])}])
    plan = profiles.profile("reference")
    told = [list(check_roles(TaskRoles(None, logs, from_ecr=from_ecr), plan))[1] for from_ecr in (False, True)]
    assert [finding.level for finding in told] == [Level.OK, Level.PROBLEM]
    assert told[1].text.endswith("ecr:GetAuthorizationToken, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer")


DIGEST = "sha256:" + "0f" * 32


@pytest.mark.parametrize(
    ("uri", "repository", "image_id"),
    [
        ("web:1.2", "web", {"imageTag": "1.2"}),
        ("team/web", "team/web", {"imageTag": "latest"}),
        (f"web:1@{DIGEST}", "web", {"imageDigest": DIGEST}),
    ],
)
def test_an_image_in_ecr_is_known_by_its_uri(uri: str, repository: str, image_id: dict[str, str]) -> None:
    found = in_ecr(f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{uri}")
    assert found is not None
    assert (found.account, found.repository, found.id) == ("123456789012", repository, image_id)
    assert in_ecr(f"public.ecr.aws/{uri}") is None


class Denied:
    """A client whose every question is refused, as IAM refuses it."""

    def __init__(self, service: str) -> None:
        self._service = service

    def get_caller_identity(self) -> dict[str, str]:
        if self._service == "sts":
            return {"Arn": "arn:aws:iam::123456789012:user/reader"}
        raise AssertionError(self._service)

    def __getattr__(self, method: str):
        def refuse(*_: object, **__: object) -> None:
            operation = "".join(part.title() for part in method.split("_"))
            refusal = {"Code": "AccessDeniedException", "Message": "user/reader is not authorized"}
            raise ClientError({"Error": refusal}, operation)

        return refuse


def test_a_missing_permission_is_named_for_each_question() -> None:
    told = list(examine(profiles.profile("reference"), Denied, 0.0, local=False))
    assert told[0] == ok("credentials", "arn:aws:iam::123456789012:user/reader")
    service = next(finding for finding in told if finding.subject == "service")
    assert service.text == "DescribeServices: AccessDeniedException: user/reader is not authorized"
    assert service.fix == "allow the action DescribeServices to these credentials"
    assert all(finding.level is Level.PROBLEM for finding in told[1:])


def test_lines_are_aligned_and_a_fix_stands_below_its_problem() -> None:
    shown = list(lines([ok("stack", "fine"), problem("credentials", "none\n  found", fix="log in")]))
    assert shown == [
        "ok       stack        fine",
        "problem  credentials  none found",
        "     fix              log in",
        "",
        "1 problem found.",
    ]
    assert list(lines([ok("stack", "fine")]))[-1] == "Nothing is wrong."
