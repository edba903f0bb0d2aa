"""Runs the generator as a child process and hands its records to a callback."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
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
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop; a pipe could fill up unread
        self._reader: threading.Thread | None = None
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
            stderr=self._complaints,
            text=True,
            start_new_session=True,
        )
        output: Iterable[str] = self._child.stdout or ()
        self._reader = threading.Thread(target=self._read, args=(output,), name="load", daemon=True)
        self._reader.start()

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until the last record was handed over; False when that takes longer than ``timeout_seconds``.

        Raises FastscaleError when the generator failed.
        """
        if not self._ended.wait(timeout_seconds):
            return False
        code = self._child.wait(STOP_SECONDS) if self._child else 0
        if code:
            raise FastscaleError(f"the load generator ended with exit code {code}: {self._last_complaint()}")
        return True

    def stop(self) -> None:
        """End the child at once; its summary is still handed over. Does nothing when it has ended."""
        if self._child is None or self._reader is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._reader.join(STOP_SECONDS)
        self._complaints.close()
        if self._child.stdout:
            self._child.stdout.close()

    def _last_complaint(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _read(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                self._hand_over(line)
        finally:
            self._ended.set()

    def _hand_over(self, line: str) -> None:
        try:
            self._on_record(parse(line))
        except ValueError as error:
            logger.warning("%s", error)
