"""`fastscale`: registers the commands, and turns every error meant for a person into one line and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from fastscale.cli.missing import missing_part
from fastscale.errors import FastscaleError

if TYPE_CHECKING:
    from typer import Typer


#: What a shell answers for a program that Ctrl-C ended.
INTERRUPTED = 130


def main() -> None:
    """Entry point of the console script. Exits 2 on bad input, 1 on failure, 130 when interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, partial(_interrupt, os.getpid()))
    try:
        _application()()
    except FastscaleError as error:
        _fail(error)
    except ModuleNotFoundError as error:
        part = missing_part(error)
        if part is None:
            raise
        _fail(part)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _fail(error: FastscaleError) -> NoReturn:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(error.exit_code)


def _interrupt(first_process: int, number: int, _: object) -> NoReturn:
    """Being told to end is handled like Ctrl-C, so that every command cleans up in one way.

    That may take seconds, so who pressed Ctrl-C is told at once, by the process alone that they started. Written past
    the streams, which may be in the middle of a line.
    """
    if os.getpid() == first_process and number == signal.SIGINT:
        command = " ".join(["fastscale", *(word for word in sys.argv[1:2] if not word.startswith("-"))])
        start = "\n" if sys.stderr.isatty() else ""
        os.write(2, f"{start}Interrupted: ending `{command}` and everything that it started\n".encode())
    raise KeyboardInterrupt


def _application() -> Typer:
    import typer

    from fastscale.cli import (
        cost,
        demo,
        doctor,
        forecast,
        image,
        init,
        inspect,
        load,
        local,
        pulse,
        sidecar,
        simulate,
        stacks,
    )

    app = typer.Typer(
        help="ECS Fargate services that scale out in seconds.", no_args_is_help=True, add_completion=False
    )
    app.command()(demo.demo)
    app.add_typer(local.app, name="local")
    app.add_typer(pulse.app, name="pulse")
    app.command()(init.init)
    app.command()(load.load)
    app.command()(inspect.inspect)
    app.command()(simulate.simulate)
    app.command()(simulate.compare)
    app.command()(simulate.tune)
    app.command()(forecast.forecast)
    app.command()(cost.cost)
    app.command()(doctor.doctor)
    for command in (stacks.synth, stacks.diff, stacks.deploy, stacks.destroy):
        app.command()(command)
    app.command()(image.build)
    app.command()(image.push)
    app.command()(sidecar.sidecar)
    return app
