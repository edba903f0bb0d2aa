"""The client of the private routes turns every failure into one kind of error."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from fastscale.localcloud.backstage import ApiUnavailableError, Backstage, Boot, api_errors


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answers = {
            "/_fastscale/health": (200, '{"boot": "abc", "ready": true}'),
            "/_fastscale/echo?arn=a%3Ab": (200, '"as asked"'),
            "/_fastscale/broken": (200, "<html>"),
        }
        self._answer(*answers.get(self.path, (404, '{"error": "no such route"}')))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, json.dumps({"got": json.loads(body)}))

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def backstage() -> Iterator[Backstage]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Backstage(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
    thread.join()


def test_routes_are_read_and_written_as_json(backstage: Backstage) -> None:
    assert backstage.boot() == Boot("abc", ready=True)
    assert backstage.get("/echo", arn="a:b") == "as asked"
    assert backstage.post("/tasks", {"n": 1}) == {"got": {"n": 1}}


def test_bad_answers_name_the_route(backstage: Backstage) -> None:
    with pytest.raises(ApiUnavailableError, match=r"GET /_fastscale/missing: 404 .*no such route"):
        backstage.get("/missing")
    with pytest.raises(ApiUnavailableError, match="GET /_fastscale/broken: not JSON"):
        backstage.get("/broken")


def test_a_server_that_is_away_is_unavailable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = Backstage(f"http://127.0.0.1:{probe.getsockname()[1]}")
    with pytest.raises(ApiUnavailableError, match="Connection refused"):
        nobody.boot()


def test_errors_of_boto3_are_unavailability_unless_the_caller_knows_their_code() -> None:
    gone = ClientError({"Error": {"Code": "TargetGroupNotFound", "Message": "gone"}}, "DeregisterTargets")
    with pytest.raises(ApiUnavailableError, match="gone"), api_errors():
        raise gone
    with pytest.raises(ClientError), api_errors(ignore=("TargetGroupNotFound",)):
        raise gone
    with pytest.raises(ApiUnavailableError), api_errors():
        raise EndpointConnectionError(endpoint_url="http://localhost:1")
