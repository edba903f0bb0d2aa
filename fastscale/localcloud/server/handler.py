"""The server's side of a connection: many requests, one after the other.

werkzeug's own handler closes the connection after each request, so that every call costs its client a connection and
the server a thread. Under load each of those is one more wait for a turn on the processor.
"""

from __future__ import annotations

import io
import logging
from http import HTTPStatus

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.wrappers import Response

logger = logging.getLogger(__name__)

#: Answers that have no body, and so no length (RFC 9110, 8.6).
BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class RequestHandler(MotoRequestHandler):
    """Answers the requests of one connection on a thread of its own; writes no access log."""

    protocol_version = "HTTP/1.1"
    # Head and body leave together: a body that waits for the client's acknowledgement of the head waits up to 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request. Its body is read first, whether the application wants it or not: the next one follows."""
        environ = self.make_environ()
        length = environ.get("CONTENT_LENGTH") or "0"
        if environ.get("wsgi.input_terminated"):
            self.close_connection = True  # a chunked body: nobody knows where it ends until it was read
        elif length.isascii() and length.isdigit():
            environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(length)))
        else:
            self.send_error(HTTPStatus.BAD_REQUEST, f"Content-Length {length!r} is not a number")
            return
        try:
            response = Response.from_app(self.server.app, environ, buffered=True)
        except Exception:
            logger.exception("%s %s failed", self.command, self.path)
            response = Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        self._send(response)

    def handle_expect_100(self) -> bool:
        """Let the client send its body: it waits for this answer, a second in the AWS SDK for Python."""
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def _send(self, response: Response) -> None:
        body = response.get_data()
        self.send_response(response.status_code, response.status.partition(" ")[2])
        for name, value in response.headers:
            self.send_header(name, value)
        if "Content-Length" not in response.headers and response.status_code not in BODILESS:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of requests that were answered."""
