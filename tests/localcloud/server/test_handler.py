"""Connections to the server: one serves many requests, whatever was asked before on it."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from tests.localcloud.server.process import Server


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    made.connect()
    made.auto_open = False  # a closed connection is an error and not opened again
    yield made
    made.close()


def ask(connection: http.client.HTTPConnection, method: str, path: str, **options: object) -> tuple[int, bytes]:
    connection.request(method, path, **options)
    response = connection.getresponse()
    return response.status, response.read()


def healthy(connection: http.client.HTTPConnection) -> bool:
    status, body = ask(connection, "GET", "/_fastscale/health")
    return status == 200 and json.loads(body)["ready"] is True


def test_a_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    assert all(healthy(connection) for _ in range(3))


def test_a_body_that_nobody_read_is_not_taken_for_the_next_request(connection: http.client.HTTPConnection) -> None:
    status, _ = ask(connection, "POST", "/_fastscale/nothing", body=b"x" * 100_000)
    assert status == 404
    assert healthy(connection)


def test_answers_without_a_body_leave_the_connection_in_order(
    server: Server, name: str, connection: http.client.HTTPConnection
) -> None:
    bucket = f"/{name}"
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-2/s3/aws4_request"}
    s3 = server.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    s3.put_object(Bucket=name, Key="key", Body=b"12345")
    assert ask(connection, "HEAD", f"{bucket}/key", headers=signed) == (200, b"")
    assert ask(connection, "DELETE", f"{bucket}/key", headers=signed) == (204, b"")
    assert healthy(connection)


def test_after_a_body_in_chunks_the_server_says_that_it_closes(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/_fastscale/nothing", body=iter([b"{}"]), encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, response.getheader("Connection")) == (404, "close")


def test_a_client_that_asks_first_is_told_to_send_its_body(server: Server) -> None:
    head = b"POST /_fastscale/nothing HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(head)
        assert client.recv(1024).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"{}")
        assert client.recv(1024).startswith(b"HTTP/1.1 404 ")


def test_a_length_that_is_no_number_ends_the_connection_with_a_reason(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n")
        answered = b"".join(iter(lambda: client.recv(4096), b""))
    assert answered.startswith(b"HTTP/1.1 400 Content-Length '-5' is not a number")
