"""``python -m fastscale.load``: offer load to a host and say each second what became of it."""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from fastscale.errors import FastscaleError, InputError
from fastscale.load import shape as traffic
from fastscale.load.records import Record
from fastscale.load.settings import LoadSettings
from fastscale.load.shape import Point, Shape, Spacing, from_csv, surge

#: File descriptors beside the connections: standard streams, gevent's own, libraries.
SPARE_FILES = 64


def main(arguments: list[str] | None = None) -> int:
    """Run the generator; returns the exit code: 2 for bad input, 1 when the reader of the lines has gone."""
    given = _parser().parse_args(arguments)
    try:
        settings = _settings(given)
        with ExitStack() as stack:
            out = sys.stdout if given.out == "-" else stack.enter_context(_open(given.out))
            _offer(settings, out)
    except FastscaleError as error:
        print(f"fastscale.load: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Nobody reads the lines any more. Python would try to flush them once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _offer(settings: LoadSettings, out: IO[str]) -> None:
    _allow_files(settings.max_in_flight + SPARE_FILES)
    # Imported here because it patches the process for gevent, which bad input need not wait for.
    import gevent

    from fastscale.load.engine import OpenLoop, drive

    def emit(record: Record) -> None:
        out.write(record.model_dump_json() + "\n")
        out.flush()

    loop = OpenLoop(settings, emit)
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, loop.stop)
    drive(loop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fastscale.load",
        description="Offer load that follows a rate over time, whether or not earlier requests were answered. "
        "Writes one JSON object a line: start, two a second, summary.",
    )
    parser.add_argument("--host", required=True, help="base URL, such as http://localhost:8000")
    parser.add_argument("--path", default="/", help="path of every request (default /)")
    parser.add_argument(
        "--shape",
        default="surge",
        help="'surge', a CSV file of lines 'seconds,rate', or JSON [[seconds, rate], ...]",
    )
    parser.add_argument(
        "--calm-rate", type=float, default=traffic.CALM_RATE, help="requests/s before the surge (default %(default)g)"
    )
    parser.add_argument(
        "--surge-rate", type=float, default=traffic.SURGE_RATE, help="requests/s in the surge (default %(default)g)"
    )
    parser.add_argument(
        "--calm-seconds", type=float, default=traffic.CALM_SECONDS, help="calm before the surge (default %(default)g)"
    )
    parser.add_argument(
        "--surge-seconds", type=float, default=traffic.SURGE_SECONDS, help="length of the surge (default %(default)g)"
    )
    parser.add_argument(
        "--rise-seconds", type=float, default=traffic.RISE_SECONDS, help="time from calm to surge (default %(default)g)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same arrivals (default 1)")
    parser.add_argument("--spacing", type=Spacing, choices=list(Spacing), default=Spacing.POISSON)
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds a client waits (default 5)")
    parser.add_argument("--max-in-flight", type=int, default=4000, help="more is not sent but failed (default 4000)")
    parser.add_argument("--out", default="-", help="file for the lines (default: standard output)")
    return parser


def _settings(given: argparse.Namespace) -> LoadSettings:
    return LoadSettings(
        host=given.host,
        shape=_shape(given),
        path=given.path,
        seed=given.seed,
        spacing=given.spacing,
        timeout_seconds=given.timeout,
        max_in_flight=given.max_in_flight,
    )


def _shape(given: argparse.Namespace) -> Shape:
    if given.shape == "surge":
        return surge(
            calm_rate=given.calm_rate,
            surge_rate=given.surge_rate,
            calm_seconds=given.calm_seconds,
            surge_seconds=given.surge_seconds,
            rise_seconds=given.rise_seconds,
        )
    if given.shape.startswith("["):
        return _points(given.shape)
    try:
        return from_csv(Path(given.shape).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--shape {given.shape!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"--shape {given.shape!r} is not text: give lines of 'seconds,rate'") from error


def _points(text: str) -> Shape:
    try:
        return Shape(tuple(Point(float(at), float(rate)) for at, rate in json.loads(text)))
    except (ValueError, TypeError) as error:
        raise InputError(f"--shape {text[:60]!r} is not JSON pairs [[seconds, rate], ...]") from error


def _open(path: str) -> IO[str]:
    try:
        return Path(path).open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"--out {path!r} cannot be written: {error.strerror}") from error


def _allow_files(wanted: int) -> None:
    """Raise the soft limit of open files: every request in flight holds a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    sys.exit(main())
