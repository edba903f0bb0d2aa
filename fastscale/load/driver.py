"""Runs the generator as a child process and hands its records to a callback."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Self

from fastscale.errors import FastscaleError
from fastscale.load.records import Second, Settled, Start, Summary, parse
from fastscale.load.settings import LoadSettings

logger = logging.getLogger(__name__)

#: The generator ends at once when asked to; this is how long a busy machine may take for it.
STOP_SECONDS = 5.0


class LoadDriver:
    """The load generator as a child of this process.

    ``on_record`` is called for each record, on a thread of the driver's. The child ends by itself when the shape is
    over, when :meth:`stop` is called, and when this process is gone.
    """

    def __init__(self, settings: LoadSettings, on_record: Callable[[Start | Second | Settled | Summary], None]) -> None:
        self._settings = settings
        self._on_record = on_record
        self._child: subprocess.Popen[str] | None = None
        self._reader = threading.Thread(target=self._read, name="load", daemon=True)
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the child. Its own session keeps a Ctrl-C in the terminal for us to handle."""
        self._child = subprocess.Popen(
            [sys.executable, "-m", "fastscale.load", *self._settings.arguments()],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._reader.start()

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until the last record was handed over; False when that takes longer than ``timeout_seconds``.

        Raises FastscaleError when the generator failed.
        """
        if not self._ended.wait(timeout_seconds):
            return False
        code = self._child.wait(STOP_SECONDS) if self._child else 0
        if code:
            raise FastscaleError(f"the load generator ended with exit code {code}: its own message is above")
        return True

    def stop(self) -> None:
        """End the child at once; its summary is still handed over. Does nothing when it has ended."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._reader.join(STOP_SECONDS)

    def _read(self) -> None:
        if self._child is None or self._child.stdout is None:
            raise RuntimeError("the reader thread starts after the child")
        try:
            for line in self._child.stdout:
                self._hand_over(line)
        finally:
            self._child.stdout.close()
            self._ended.set()

    def _hand_over(self, line: str) -> None:
        try:
            self._on_record(parse(line))
        except ValueError as error:
            logger.warning("%s", error)
