"""Service Quotas: defaults of a new account, until somebody asks for more."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.server.process import Server

SPOT = {"ServiceCode": "fargate", "QuotaCode": "L-36FBB829"}


def values(pages: dict[str, list[dict[str, object]]]) -> dict[object, object]:
    return {quota["QuotaName"]: quota["Value"] for quota in pages["Quotas"]}


def test_a_quota_has_its_default_until_more_is_asked_for(server: Server) -> None:
    quotas = server.client("service-quotas")
    name = "Fargate Spot vCPU resource count"
    assert values(quotas.list_aws_default_service_quotas(ServiceCode="fargate"))[name] == 6
    assert name not in values(quotas.list_service_quotas(ServiceCode="fargate"))
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.get_service_quota(**SPOT)

    assert quotas.request_service_quota_increase(**SPOT, DesiredValue=40)["RequestedQuota"]["Status"] == "APPROVED"

    assert values(quotas.list_service_quotas(ServiceCode="fargate"))[name] == 40
    assert quotas.get_service_quota(**SPOT)["Quota"]["Value"] == 40
    assert values(quotas.list_aws_default_service_quotas(ServiceCode="fargate"))[name] == 6


@pytest.mark.parametrize("asked", [{"ServiceCode": "nothing", "QuotaCode": "L-1"}, {**SPOT, "QuotaCode": "L-1"}])
def test_a_quota_that_does_not_exist_is_refused(server: Server, asked: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        server.client("service-quotas").request_service_quota_increase(**asked, DesiredValue=1)
