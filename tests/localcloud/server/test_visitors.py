"""Programs on this machine may use the server; web pages of other sites may not."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

from fastscale.localcloud.server.visitors import refusal
from tests.localcloud.server.process import Server

SIGNED = "AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-2/sns/aws4_request"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"HTTP_HOST": "localhost:4566"},
        {"HTTP_HOST": "127.0.0.1:4566"},
        {"HTTP_HOST": "[::1]:4566"},
        {"HTTP_HOST": "assets.s3.localhost:4566"},
        {"HTTP_HOST": "192.168.1.5:4566"},
        {"HTTP_HOST": "localhost:4566", "HTTP_ORIGIN": "http://localhost:8089"},
        {"HTTP_HOST": "localhost:4566", "HTTP_ORIGIN": "http://[::1]:3000", "HTTP_SEC_FETCH_SITE": "same-site"},
        {"HTTP_HOST": "localhost:4566", "HTTP_SEC_FETCH_SITE": "none"},
    ],
)
def test_programs_and_pages_of_this_machine_are_welcome(environ: dict[str, str]) -> None:
    assert refusal(environ) is None


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"HTTP_HOST": "rebound.example:4566"}, "rebound.example"),
        ({"HTTP_HOST": "localhost.example:4566"}, "localhost.example"),
        ({"HTTP_HOST": "[::1"}, "[::1"),
        ({"HTTP_HOST": "localhost:4566", "HTTP_ORIGIN": "https://site.example"}, "site.example"),
        ({"HTTP_HOST": "localhost:4566", "HTTP_ORIGIN": "http://203.0.113.7"}, "203.0.113.7"),
        ({"HTTP_HOST": "localhost:4566", "HTTP_ORIGIN": "null"}, "null"),
        ({"HTTP_HOST": "localhost:4566", "HTTP_SEC_FETCH_SITE": "cross-site"}, "other sites"),
    ],
)
def test_pages_of_other_sites_are_refused_by_name(environ: dict[str, str], named: str) -> None:
    assert named in str(refusal(environ))


def ask(server: Server, path: str, body: bytes | None = None, **headers: str) -> urllib.request.Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib.request.Request(server.url + path, body, named)


def status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_page_can_neither_call_aws_nor_the_private_routes(server: Server) -> None:
    create = urllib.parse.urlencode({"Action": "CreateTopic", "Name": "page", "Version": "2010-03-31"}).encode()
    assert status(ask(server, "/", create, Authorization=SIGNED)) == 200
    assert status(ask(server, "/", create, Authorization=SIGNED, Origin="https://site.example")) == 403
    assert status(ask(server, "/_fastscale/health", Origin="https://site.example")) == 403
    assert status(ask(server, "/moto-api/reset", b"", Sec_Fetch_Site="cross-site")) == 403


def test_no_page_is_told_that_it_may_read_answers(server: Server) -> None:
    asked = ask(server, "/", b"Action=ListTopics&Version=2010-03-31", Authorization=SIGNED, Origin="http://localhost:1")
    with urllib.request.urlopen(asked, timeout=5) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_private_routes_take_json_only_when_it_is_called_json(server: Server) -> None:
    item = {"AlarmName": "a", "HistoryItemType": "Action", "HistorySummary": "s", "Timestamp": 1}
    body = json.dumps(item).encode()
    assert status(ask(server, "/_fastscale/cloudwatch/history", body, Content_Type="text/plain")) == 400
    assert status(ask(server, "/_fastscale/cloudwatch/history", body, Content_Type="application/json")) == 200
