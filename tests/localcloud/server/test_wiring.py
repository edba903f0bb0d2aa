"""The seams of moto that the server hangs on: these tests fail first when moto changes them."""

from __future__ import annotations

import pytest
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.responses import BaseResponse

from fastscale.localcloud.server import wiring
from fastscale.localcloud.server.settings import ACCOUNT_ID

OURS = "fastscale.localcloud.server."


@pytest.mark.parametrize(("backends", "ours"), wiring.REPLACED, ids=lambda part: getattr(part, "service_name", ""))
def test_moto_makes_our_back_end_where_its_own_class_is_replaced(
    monkeypatch: pytest.MonkeyPatch, backends: BackendDict, ours: type[BaseBackend]
) -> None:
    monkeypatch.setattr(backends, "backend", ours)
    account = AccountSpecificBackend(
        service_name=backends.service_name,
        account_id=ACCOUNT_ID,
        backend=backends.backend,
        use_boto3_regions=True,
        additional_regions=None,
    )
    assert type(account["ap-northeast-2"]) is ours


@pytest.mark.parametrize("ours", [ours for _, ours in wiring.REPLACED], ids=lambda ours: ours.__module__)
def test_moto_finds_our_responses_beside_our_back_end(ours: type[BaseBackend]) -> None:
    if ours.__module__.endswith("elbv2.models"):
        return  # moto's own responses serve it: they share their host with the classic load balancer's
    backend = ours("ap-northeast-2", ACCOUNT_ID)
    (handler,) = set(backend.flask_paths.values())
    response = handler.__self__
    assert issubclass(response, BaseResponse)
    assert response.__module__.startswith(OURS)
