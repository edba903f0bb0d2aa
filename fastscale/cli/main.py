"""`fastscale`: registers the commands, and turns every error meant for a person into one line and an exit code."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from fastscale.errors import FastscaleError, MissingPartError

if TYPE_CHECKING:
    from typer import Typer


def main() -> None:
    """Entry point of the console script. Exits 2 on bad input, 1 on failure, 130 when interrupted."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        _application()()
    except FastscaleError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _interrupt(*_: object) -> NoReturn:
    """Being told to end is handled like Ctrl-C, so that every command cleans up in one way."""
    raise KeyboardInterrupt


def _application() -> Typer:
    try:
        import typer
    except ModuleNotFoundError as missing:
        raise MissingPartError(
            "the command line is an optional part: pip install 'fastscale[cli]' (or [demo] for everything)"
        ) from missing
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
