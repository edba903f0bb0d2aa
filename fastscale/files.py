"""Files that are written whole: a reader sees the old one or the new one, never half of it."""

from __future__ import annotations

import os
from pathlib import Path

from fastscale.errors import InputError


def replace_content(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Give the file this content, for one writer at a time. Its folder is made where there is none. Raises OSError.

    With ``durable`` that holds also when the machine stops in between: without it, a file system may keep the new name
    and lose what was written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    part.replace(path)


def write_whole(path: Path, text: str) -> None:
    """Write what a user asked for where the user wants it. Raises InputError."""
    try:
        replace_content(path, text.encode())
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror}") from error
