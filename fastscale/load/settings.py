"""What to offer to whom, as one frozen value that can be said on a command line."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastscale.errors import InputError
from fastscale.load.shape import Shape, Spacing


@dataclass(frozen=True)
class LoadSettings:
    """Load on ``host`` (a base URL). Raises InputError naming the option that cannot be.

    ``timeout_seconds`` counts from when a request is sent. Beyond ``max_in_flight`` unanswered requests, arrivals are
    not sent and count as failed: memory and connections end somewhere, and it is better said.
    """

    host: str
    shape: Shape
    path: str = "/"
    seed: int = 1
    spacing: Spacing = Spacing.POISSON
    timeout_seconds: float = 5.0
    max_in_flight: int = 4000

    def __post_init__(self) -> None:
        address = urlsplit(self.host)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise InputError(f"--host {self.host!r} is not a URL: give http://HOST:PORT")
        if not self.path.startswith("/"):
            raise InputError(f"--path {self.path!r} is not a path: it begins with /")
        if self.timeout_seconds <= 0:
            raise InputError(f"--timeout {self.timeout_seconds:g} is not a time: give seconds above 0")
        if self.max_in_flight < 1:
            raise InputError(f"--max-in-flight {self.max_in_flight} sends nothing: give 1 or more")

    def arguments(self) -> list[str]:
        """The options of ``python -m fastscale.load`` that say this."""
        options = {
            "host": self.host,
            "shape": str([list(point) for point in self.shape.points]),
            "path": self.path,
            "seed": self.seed,
            "spacing": self.spacing.value,
            "timeout": self.timeout_seconds,
            "max-in-flight": self.max_in_flight,
        }
        return [f"--{name}={value}" for name, value in options.items()]
