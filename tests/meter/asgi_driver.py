"""Plays the server's part of the ASGI protocol, message by message."""

from typing import Any

from fastscale.meter.asgi import App, Message


def http_scope(path: str = "/items", **headers: str) -> dict[str, Any]:
    encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": "GET", "path": path, "headers": encoded}


class Server:
    """One connection: ``messages`` are what the application receives, ``sent`` what it sends."""

    def __init__(self, *messages: Message) -> None:
        self._messages = list(messages)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        return self._messages.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def run(self, app: App, scope: dict[str, Any]) -> "Server":
        await app(scope, self.receive, self.send)
        return self


def answers(status: int = 200, *chunks: bytes) -> App:
    """An application that answers every request with ``status``."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app
