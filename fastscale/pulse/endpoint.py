"""Where a running controller answers: `/health`, `/metrics` and `/decisions`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from fastscale.errors import PortInUseError

#: Status, content type and body of an answer.
Answer = tuple[int, str, str]
#: Makes the answer to a path and its query, None for a path that is not there.
Routes = Callable[[str, dict[str, str]], Answer | None]

JSON = "application/json"


@contextmanager
def serving(routes: Routes, *, host: str, port: int) -> Iterator[int]:
    """Answer at ``host`` and ``port`` (0: any that is free) meanwhile; gives the port. Raises PortInUseError."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            """Answer one request."""
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            status, kind, text = routes(parts.path, query) or (404, JSON, json.dumps({"error": "no such path"}))
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep no access log: health is asked for every few seconds."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise PortInUseError(f"cannot listen on {host}:{port}: {error.strerror}: choose another --port") from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
