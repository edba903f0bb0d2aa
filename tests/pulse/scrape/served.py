"""Tasks for the scraper: real sockets that answer, or misbehave, as a test says."""

import socket
import threading
from collections.abc import Callable

Behaviour = Callable[["Task", socket.socket], bool]


class Task:
    """Listens on a port of its own. ``behave`` answers one request on a connection; False ends the connection."""

    def __init__(self, behave: Behaviour | None = None, host: str = "127.0.0.1") -> None:
        self.requests = 0
        self.behave: Behaviour = behave or well
        self.connections = 0
        self.heads: list[str] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def text(self) -> bytes:
        return f"fastscale_requests_total {self.requests}\nfastscale_active_connections 2\n".encode()

    def close(self) -> None:
        if self._listener.fileno() < 0:
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End all connections, as a server does with those that were idle for long."""
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it ended before
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while head := _head(connection):
                    self.heads.append(head)
                    if not self.behave(self, connection):
                        return
            except OSError:
                return  # the scraper has gone


def _head(connection: socket.socket) -> str:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        more = connection.recv(4096)
        if not more:
            return ""
        data += more
    return data.decode()


def answer(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def well(task: Task, connection: socket.socket) -> bool:
    connection.sendall(answer(task.text()))
    return True


def saying(data: bytes, *, keep: bool = True) -> Behaviour:
    def behave(_task: Task, connection: socket.socket) -> bool:
        connection.sendall(data)
        return keep

    return behave


def silent(_task: Task, _connection: socket.socket) -> bool:
    threading.Event().wait(1.0)
    return False


def drop_by_drop(task: Task, connection: socket.socket) -> bool:
    for byte in answer(task.text()):
        connection.sendall(bytes([byte]))
        threading.Event().wait(0.05)
    return True


def without_end(_task: Task, connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"fastscale_requests_total 1\n" * 1000)
