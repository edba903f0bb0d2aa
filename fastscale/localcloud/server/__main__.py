"""``python -m fastscale.localcloud.server``: the API server as a process of its own."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from fastscale.errors import FastscaleError
from fastscale.localcloud.server.serving import serve
from fastscale.localcloud.server.settings import Settings


def main() -> int:
    """Run the server; the exit code is that of the error, 0 when it was told to end."""
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="python -m fastscale.localcloud.server", description=__doc__)
    parser.add_argument("--host", default=defaults.host, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=defaults.port, help="port to listen on (default: %(default)s)")
    parser.add_argument("--state-dir", type=Path, required=True, help="directory that keeps the stacks between runs")
    parser.add_argument(
        "--alb-port",
        type=int,
        default=defaults.alb_port,
        help="port of the load balancer's proxy (default: %(default)s)",
    )
    parser.add_argument("--region", default=defaults.region, help="region to play (default: %(default)s)")
    parser.add_argument(
        "--visibility-seconds",
        type=float,
        default=defaults.visibility_seconds,
        help="time until a query sees a new datapoint (default: %(default)s)",
    )
    parser.add_argument(
        "--load-services",
        action="store_true",
        help="be ready some seconds later, and have every service loaded then: no first request holds up others",
    )
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings(
        host=given.host,
        port=given.port,
        region=given.region,
        alb_port=given.alb_port,
        visibility_seconds=given.visibility_seconds,
        load_services=given.load_services,
    )
    try:
        serve(settings, given.state_dir)
    except FastscaleError as error:
        print(f"fastscale: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
