"""`python -m app`: serve the application on HOST and PORT."""

from __future__ import annotations

import os
import sys

import uvicorn

from app import logs
from app.main import create_app
from app.settings import Settings
from fastscale.errors import FastscaleError

#: Longer than the load balancer's idle timeout (60 s), so that it is never the target that closes first.
_KEEP_ALIVE_SECONDS = 75
#: Requests in progress may finish for this long after SIGTERM; ECS sends SIGKILL after 30 s.
_DRAIN_SECONDS = 20


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 when the environment is wrong."""
    try:
        settings = Settings.from_environment(os.environ)
    except FastscaleError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    logs.configure()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=settings.access_log,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
