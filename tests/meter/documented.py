"""Runs an example of docs/meter.md in its framework: `python -m tests.meter.documented flask`.

The framework's application gets the example's lines, answers three requests, and ends as under a server.
"""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from tests.meter.asgi_driver import Server, http_scope

DOCUMENT = Path(__file__).parents[2] / "docs" / "meter.md"
REQUESTS = 3


def example(name: str) -> str:
    """The code block below the comment that names ``name``."""
    for names, code in re.findall(r"<!-- example: (.*?) -->\n```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        if name in names.split(", "):
            return str(code)
    raise LookupError(name)


def starlette() -> dict[str, Any]:
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    return {"app": Starlette(routes=[Route("/items", lambda _request: PlainTextResponse("hello"))])}


def fastapi() -> dict[str, Any]:
    from fastapi import FastAPI

    app = FastAPI()
    app.get("/items")(lambda: "hello")
    return {"app": app}


def litestar() -> dict[str, Any]:
    from litestar import Litestar, get

    @get("/items")
    async def items() -> str:
        return "hello"

    return {"app": Litestar([items])}


def flask() -> dict[str, Any]:
    from flask import Flask

    app = Flask(__name__)
    app.get("/items")(lambda: "hello")
    return {"app": app}


def django() -> dict[str, Any]:
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    urls = (path("items", lambda _request: HttpResponse("hello")),)
    settings.configure(ROOT_URLCONF=urls, ALLOWED_HOSTS=["*"], SECRET_KEY="test")
    return {"get_wsgi_application": get_wsgi_application}


async def serve_asgi(app: Any) -> list[Any]:
    """Play a server: start, requests, stop."""
    messages: asyncio.Queue[Any] = asyncio.Queue()
    lifespan = Server()
    lifespan.receive = messages.get
    living = asyncio.create_task(lifespan.run(app, {"type": "lifespan", "asgi": {"version": "3.0"}}))
    await messages.put({"type": "lifespan.startup"})
    while not lifespan.sent:
        await asyncio.sleep(0.01)
    statuses = []
    for _ in range(REQUESTS):
        scope = {**http_scope(), "query_string": b"", "http_version": "1.1", "scheme": "http", "client": None}
        server = await Server({"type": "http.request", "body": b""}).run(app, {**scope, "server": ("test", 80)})
        statuses.append(server.sent[0]["status"])
    await messages.put({"type": "lifespan.shutdown"})
    await living
    return statuses


def serve_wsgi(app: Any) -> list[Any]:
    """Play a server; the meter is flushed at exit."""
    statuses: list[Any] = []
    for _ in range(REQUESTS):
        environ: dict[str, Any] = {"PATH_INFO": "/items"}
        setup_testing_defaults(environ)
        body = app(environ, lambda status, _headers, _exc_info=None: statuses.append(int(status[:3])))
        assert b"hello" in b"".join(body)
        if hasattr(body, "close"):
            body.close()
    return statuses


FRAMEWORKS = {framework.__name__: framework for framework in (starlette, fastapi, litestar, flask, django)}
WSGI = ("flask", "django")

if __name__ == "__main__":
    name = sys.argv[1]
    scope = FRAMEWORKS[name]()
    exec(example(name), scope)  # noqa: S102 - the document's own example
    app = scope.get("application") or scope["app"]
    print(serve_wsgi(app) if name in WSGI else asyncio.run(serve_asgi(app)))
