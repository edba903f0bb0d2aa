"""What has to be there before load is sent; the real API is asked in tests/cli/test_load.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fastscale.demo.access import require_access
from fastscale.demo.settings import ServiceNames
from fastscale.errors import InputError


class Api:
    """All clients at once: every operation is allowed but ``denied``, as IAM denies it."""

    def __init__(self, *, status: str | None = "ACTIVE", denied: str = "") -> None:
        self._services = [] if status is None else [{"status": status}]
        self._denied = denied

    def __call__(self, _service: str) -> Api:
        return self

    def __getattr__(self, operation: str) -> Any:
        def answer(**_: Any) -> dict[str, Any]:
            if operation == self._denied:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed"}}, operation)
            return {"services": self._services}

        return answer


def test_a_service_that_is_there_and_can_be_read_is_let_through() -> None:
    require_access(Api(), ServiceNames())


@pytest.mark.parametrize("status", [None, "INACTIVE", "DRAINING"])
def test_a_service_that_is_missing_is_told_with_the_way_out(status: str | None) -> None:
    with pytest.raises(InputError, match=r"has no service fast-scaling-service in this Region: .*--plan") as error:
        require_access(Api(status=status), ServiceNames())
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "operation",
    [
        "describe_services",
        "describe_target_groups",
        "describe_alarms",
        "describe_alarm_history",
        "describe_scaling_activities",
    ],
)
def test_every_record_of_the_report_must_be_readable(operation: str) -> None:
    with pytest.raises(InputError, match=rf"AccessDenied.*{operation}.*fastscale doctor"):
        require_access(Api(denied=operation), ServiceNames())


def test_no_credentials_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    session = boto3.Session(region_name="ap-northeast-2")
    with pytest.raises(InputError, match="Unable to locate credentials") as error:
        require_access(session.client, ServiceNames())
    assert "\n" not in str(error.value)
