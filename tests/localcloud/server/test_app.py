"""How the server finds who answers a request, and what it says to requests that nobody can answer."""

from __future__ import annotations

import urllib.error

import pytest
from botocore.exceptions import ClientError
from moto import backends

from fastscale.localcloud.server.app import Dispatcher
from tests.localcloud.server.process import Server


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("ecs", "submit_task_state_change", {}),
        ("cloudformation", "list_types", {}),
        ("cloudwatch", "list_metric_streams", {}),
    ],
)
def test_an_operation_that_is_not_there_is_named(server: Server, service: str, operation: str, arguments: dict) -> None:
    with pytest.raises(ClientError, match=f"The {operation} action has not been implemented") as refused:
        getattr(server.client(service), operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"


def test_an_unknown_private_route_is_404(server: Server) -> None:
    for call in (lambda: server.get("/nothing"), lambda: server.post("/health", {})):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            call()


def test_a_private_route_says_what_its_body_lacks(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        server.post("/autoscaling/activities", {"ActivityId": "1"})
    assert b"ServiceNamespace" in refused.value.read()


def test_the_back_end_of_a_host_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    listed = backends.list_of_moto_modules
    monkeypatch.setattr(backends, "list_of_moto_modules", lambda: looked.append("looked") or listed())
    dispatcher = Dispatcher(lambda name: name)
    for _ in range(3):
        assert dispatcher.get_backend_for_host("monitoring.ap-northeast-2.amazonaws.com") == "cloudwatch"
    assert looked == ["looked"]
