"""`python -m fastscale.pulse`: the controller of a container, told by its environment what to watch."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from fastscale.errors import FastscaleError


def main() -> None:
    """Run until told to end. Exits 2 on bad input, 1 on failure, 0 when it was told to end."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        _run()
    except FastscaleError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(0)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _run() -> None:
    from fastscale.pulse import json_log
    from fastscale.pulse.settings import from_environment
    from fastscale.pulse.start import environment_program

    json_log.install()
    environment_program(from_environment(os.environ), region=os.environ.get("AWS_REGION")).run()


if __name__ == "__main__":
    main()
