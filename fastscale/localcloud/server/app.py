"""The WSGI application: private routes, then moto's dispatcher with our back ends behind it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request, Response

from fastscale.localcloud.backstage import PREFIX
from fastscale.localcloud.server import private_routes
from fastscale.localcloud.server.cbor import CborGateway
from fastscale.localcloud.server.settings import BOOT
from fastscale.localcloud.server.shapes import Shape
from fastscale.localcloud.server.visitors import refusal

logger = logging.getLogger(__name__)

#: Code, message and status while the saved stacks are being deployed; SDKs try again by themselves.
_NOT_READY = ("ServiceUnavailable", "The local cloud is restoring its stacks.", 503)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, which remembers the back end of a host.

    moto looks through its own folder for each request: 180 calls of stat, a third of what a request costs, and each of
    them gives up the interpreter lock, so that a request among others took 30 ms and more for 3 ms of work.
    """

    def __init__(self, create_app: Callable[[Any], Any]) -> None:
        super().__init__(create_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The name of the back end, None when the host is none of AWS's."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class Application:
    """Answers every request to the server; ``ready`` is set once the saved stacks are in place.

    Until then only the server itself is served: a client would see a cloud with half of its resources.
    """

    def __init__(self) -> None:
        self.ready = threading.Event()
        self._moto = Dispatcher(create_backend_app)
        self._aws = CborGateway(self._answer)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        refused = refusal(environ)
        if refused is not None:
            return _error(environ, "AccessDeniedException", refused, 403)(environ, start_response)
        if environ.get("PATH_INFO", "").startswith(PREFIX + "/"):
            return private_routes.answer(Request(environ), self._health)(environ, start_response)
        return self._aws(environ, start_response)

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request to AWS."""
        if not self.ready.is_set() and BOOT not in environ.get("HTTP_USER_AGENT", ""):
            return _error(environ, *_NOT_READY)(environ, start_response)
        try:
            answered: Iterable[bytes] = self._moto(environ, start_response)
        except Exception as error:  # noqa: BLE001 - whatever moto raises must become an answer, not a hang-up
            return _failure(environ, error)(environ, start_response)
        return answered

    def _health(self) -> Shape:
        return {"boot": BOOT, "ready": self.ready.is_set()}


def _failure(environ: Environ, error: Exception) -> Response:
    """The answer to a request on which moto raised ``error``."""
    missing = isinstance(error, NotImplementedError)
    if not missing:
        logger.error("%s failed", environ.get("HTTP_X_AMZ_TARGET", environ.get("PATH_INFO")), exc_info=error)
    code, status = ("UnknownOperationException", 400) if missing else ("InternalFailure", 500)
    return _error(environ, code, str(error) or type(error).__name__, status)


def _error(environ: Environ, code: str, message: str, status: int) -> Response:
    """An error in the protocol of the request, so that clients show what is wrong."""
    if "HTTP_X_AMZ_TARGET" in environ:
        return Response(
            json.dumps({"__type": code, "message": message}), status, content_type="application/x-amz-json-1.1"
        )
    text = message.replace("&", "&amp;").replace("<", "&lt;")
    xml = f"<ErrorResponse><Error><Code>{code}</Code><Message>{text}</Message></Error></ErrorResponse>"
    return Response(xml, status, content_type="text/xml")
