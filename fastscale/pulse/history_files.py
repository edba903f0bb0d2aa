"""What Pulse has learnt, kept in files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastscale.errors import StoreError
from fastscale.files import replace_content

SUFFIX = ".history"


class FileHistoryStore:
    """A :class:`fastscale.ports.HistoryStore`: one file per service in ``folder``, for one process at a time.

    A reader sees the old file or the new one, never half of it, also when the machine stops in between.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, service: str) -> Path:
        """Where the history of ``service`` is kept."""
        return self._folder / (quote(service, safe="") + SUFFIX)

    def load(self, service: str) -> bytes | None:
        """The newest content; None when there is none. Raises StoreError."""
        try:
            return self.path(service).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{str(self.path(service))!r} cannot be read: {error.strerror}") from error

    def save(self, service: str, content: bytes) -> None:
        """Replace the file. Raises StoreError."""
        path = self.path(service)
        try:
            replace_content(path, content, durable=True)
        except OSError as error:
            raise StoreError(f"{str(path)!r} cannot be written: {error.strerror}") from error
