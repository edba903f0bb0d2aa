import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from fastscale.meter import SendError, task_dimensions

#: In the shape that AWS documents for a task on Fargate.
TASK = {
    "Cluster": "arn:aws:ecs:us-west-2:111122223333:cluster/default",
    "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/default/febee046097849aba589d4435207c04a",
    "Family": "query-metadata",
    "Revision": "7",
    "ServiceName": "shop",
}


class Endpoint:
    def __init__(self, url: str) -> None:
        self.environment = {"ECS_CONTAINER_METADATA_URI_V4": f"{url}/v4/abc"}
        self.answer: Any = TASK
        self.status = 200


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(made.status if self.path == "/v4/abc/task" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(made.answer).encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Endpoint(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    yield made
    server.shutdown()
    server.server_close()


def test_cluster_and_service_come_from_the_task_metadata(endpoint: Endpoint) -> None:
    find = task_dimensions(environment=endpoint.environment)
    assert find() == {"ClusterName": "default", "ServiceName": "shop"}


def test_a_cluster_may_be_a_short_name(endpoint: Endpoint) -> None:
    endpoint.answer = {**TASK, "Cluster": "default"}
    assert task_dimensions(environment=endpoint.environment)()["ClusterName"] == "default"


def test_the_task_on_request(endpoint: Endpoint) -> None:
    find = task_dimensions(with_task=True, environment=endpoint.environment)
    assert find()["TaskId"] == "febee046097849aba589d4435207c04a"


def test_where_the_metadata_does_not_name_the_service_the_caller_does(endpoint: Endpoint) -> None:
    endpoint.answer = {key: value for key, value in TASK.items() if key != "ServiceName"}
    with pytest.raises(SendError, match="pass service="):
        task_dimensions(environment=endpoint.environment)()
    assert task_dimensions(service="cart", environment=endpoint.environment)()["ServiceName"] == "cart"


def test_an_endpoint_that_fails_is_tried_again_later(endpoint: Endpoint) -> None:
    endpoint.status = 500
    find = task_dimensions(environment=endpoint.environment)
    with pytest.raises(SendError, match="cannot read the task metadata"):
        find()
    endpoint.status = 200
    assert find()["ServiceName"] == "shop"


@pytest.mark.parametrize("environment", [{}, {"ECS_CONTAINER_METADATA_URI_V4": "file:///etc"}])
def test_outside_ecs_the_error_says_so(environment: dict[str, str]) -> None:
    with pytest.raises(SendError, match="ECS_CONTAINER_METADATA_URI_V4"):
        task_dimensions(environment=environment)()
