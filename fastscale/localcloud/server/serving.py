"""Run the server until it is told to end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from pathlib import Path
from types import FrameType

from werkzeug.serving import make_server

from fastscale.errors import PortInUseError
from fastscale.localcloud.server import bootstrap, wiring
from fastscale.localcloud.server.app import Application
from fastscale.localcloud.server.cloudformation import models as cloudformation
from fastscale.localcloud.server.handler import RequestHandler
from fastscale.localcloud.server.journal import Journal
from fastscale.localcloud.server.restore import keep, restore
from fastscale.localcloud.server.settings import Settings, activate
from fastscale.pauses import set_aside_what_stays, take_short_turns

logger = logging.getLogger(__name__)


def serve(settings: Settings, state_dir: Path) -> None:
    """Serve until SIGTERM or SIGINT; the stacks saved in ``state_dir`` are deployed before ``ready`` turns true.

    Raises PortInUseError when the port is taken and LocalCloudError when the saved state is damaged.
    """
    take_short_turns()
    activate(settings)
    wiring.install()
    journal = Journal(state_dir)
    journal.stacks()
    application = Application()
    with _listen(settings) as listener:
        server = make_server(
            settings.host,
            settings.port,
            application,
            threaded=True,
            request_handler=RequestHandler,
            fd=listener.fileno(),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _end)
        starting = threading.Thread(target=_start, args=(settings, journal, application), name="restore", daemon=True)
        starting.start()
        server.serve_forever(poll_interval=0.1)


def _start(settings: Settings, journal: Journal, application: Application) -> None:
    """Bring the saved state back while the server already answers: deploying is done through its own API."""
    restore(journal)
    bootstrap.prepare(cloudformation.backend())
    if settings.load_services:
        bootstrap.load_services(cloudformation.backend().clients)
    keep(journal)
    set_aside_what_stays()
    application.ready.set()
    logger.info("ready on %s", settings.endpoint_url)


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port), backlog=512, reuse_port=False)
    except OSError as error:
        raise PortInUseError(
            f"port {settings.port} on {settings.host} cannot be used ({error.strerror}): "
            "end the process that has it, or choose another with --port"
        ) from error


def _end(_: int, __: FrameType | None) -> None:
    # At once: the journal is complete after each change, and unloading moto's modules takes longer than a second.
    os._exit(0)
