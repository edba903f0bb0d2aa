"""The private routes of the local API server, for the loops that play AWS's own back ends.

AWS has no public API by which a task becomes RUNNING or a target healthy: its services write such states themselves.
The loops of the local cloud write them through these routes; every other thing they do goes through the public API.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from fastscale.errors import LocalCloudError

PREFIX = "/_fastscale"
#: The server answers in milliseconds; a loop that waits longer holds up its own work.
TIMEOUT_SECONDS = 5.0


class ApiUnavailableError(LocalCloudError):
    """The API server does not answer, or not as it should; the caller keeps its state and tries again."""


@dataclass(frozen=True)
class Boot:
    """One run of the server process: another ``id`` means that it was restarted, ``ready`` that its stacks are up."""

    id: str
    ready: bool


class Backstage:
    """A client of the private routes at ``endpoint_url``. Safe to use from several threads."""

    def __init__(self, endpoint_url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        address = urlsplit(endpoint_url)
        self._host = address.hostname or "localhost"
        self._port = address.port or 80
        self._timeout_seconds = timeout_seconds

    def boot(self) -> Boot:
        """Which run of the server answers. Raises ApiUnavailableError."""
        answer = self.get("/health")
        return Boot(id=str(answer["boot"]), ready=bool(answer["ready"]))

    def get(self, path: str, **query: str) -> Any:
        """GET ``path`` (below the common prefix); the JSON answer. Raises ApiUnavailableError."""
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: object) -> Any:
        """POST ``body`` as JSON to ``path`` (below the common prefix); the JSON answer. Raises ApiUnavailableError."""
        return self._call("POST", path, json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> Any:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_seconds)
        call = f"{method} {PREFIX}{path.partition('?')[0]}"
        try:
            connection.request(method, PREFIX + path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiUnavailableError(f"{call}: {error or type(error).__name__}") from error
        finally:
            connection.close()
        if response.status >= 300:
            raise ApiUnavailableError(f"{call}: {response.status} {content[:200]!r}")
        try:
            return json.loads(content or b"null")
        except ValueError as error:
            raise ApiUnavailableError(f"{call}: not JSON: {content[:200]!r}") from error


@contextmanager
def api_errors(*, ignore: Collection[str] = ()) -> Iterator[None]:
    """Turn what boto3 raises into ApiUnavailableError, so that loops know one kind of failure.

    ClientErrors whose code is in ``ignore`` pass as they are, for a caller that knows what they mean.
    """
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in ignore:
            raise
        raise ApiUnavailableError(str(error)) from error
    except BotoCoreError as error:
        raise ApiUnavailableError(str(error)) from error
