"""What the local cloud cannot show: quotas, permissions, and how findings look."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from fastscale import profiles
from fastscale.doctor.account import check_quota
from fastscale.doctor.examination import examine
from fastscale.doctor.finding import Level, ok, problem
from fastscale.doctor.report import lines


@pytest.mark.parametrize(
    ("quota", "level", "told"),
    [
        (25.0, Level.OK, "the ceiling needs 25"),
        (24.9, Level.PROBLEM, "100 tasks need 25 vCPUs"),
        (None, Level.PROBLEM, "does not list"),
    ],
)
def test_the_quota_must_carry_the_ceiling(quota: float | None, level: Level, told: str) -> None:
    # 100 tasks of 256 CPU units are 25 vCPUs.
    (found,) = check_quota(quota, profiles.profile("reference"))
    assert (found.level, told in found.text) == (level, True)


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
