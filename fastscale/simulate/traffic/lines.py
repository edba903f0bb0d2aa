"""Text files read line by line, plain or gzip, so that memory does not grow with the file."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fastscale.errors import TraceError


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end, with where it stands."""

    path: Path
    number: int
    text: str

    def wrong(self, problem: str) -> TraceError:
        """The error that names this line."""
        shown = self.text if len(self.text) <= 60 else f"{self.text[:57]}..."
        return TraceError(f"{self.path}:{self.number}: {problem}: {shown!r}")


def read_lines(path: Path) -> Iterator[Line]:
    """The lines that are not blank and do not begin with ``#``. Raises TraceError when the file cannot be read."""
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                stripped = text.strip()
                if stripped and not stripped.startswith("#"):
                    yield Line(path, number, stripped)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TraceError(f"{path}: cannot be read after line {number}: {reason}") from error
    except UnicodeDecodeError:
        raise TraceError(f"{path}:{number + 1}: is not text") from None
