"""The task metadata endpoint, version 4: how a task learns its own ARN, cluster and limits.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

#: How soon the server notices that it shall stop.
POLL_SECONDS = 0.1

#: Takes a task id and whether the whole task (or its container) is asked for; None when the task is not known.
Describe = Callable[[str, bool], dict[str, Any] | None]


class MetadataServer:
    """Answers ``/v4/<task id>`` (container) and ``/v4/<task id>/task`` on a free loopback port. A context manager."""

    def __init__(self) -> None:
        self.describe: Describe = lambda task_id, whole_task: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="task-metadata", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def uri(self, task_id: str) -> str:
        """ECS_CONTAINER_METADATA_URI_V4 of a task."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v4/{task_id}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = owner._answer(self.path)
                body = json.dumps(answer if answer is not None else {"error": "unknown task"}).encode()
                self.send_response(200 if answer is not None else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silent: a task asking for its metadata is no event."""

        return Handler

    def _answer(self, path: str) -> dict[str, Any] | None:
        match path.strip("/").split("/"):
            case ["v4", task_id]:
                return self.describe(task_id, False)
            case ["v4", task_id, "task"]:
                return self.describe(task_id, True)
        return None
