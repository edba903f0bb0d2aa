"""The decisions of a controller, asked of it or read from its log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from botocore.exceptions import ClientError

from fastscale.aws.calls import NO_ANSWER, cause
from fastscale.errors import InputError

Entry = dict[str, Any]

_TIMEOUT_SECONDS = 3.0


def from_controller(url: str) -> list[Entry]:
    """What the controller at ``url`` remembers, oldest first. Raises InputError when none answers there."""
    if not url.startswith(("http://", "https://")):
        raise InputError(f"{url!r} is not where a controller answers: give an http URL")
    try:
        with urlopen(f"{url.rstrip('/')}/decisions", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
            entries: list[Entry] = json.load(answer)["decisions"]
    except (URLError, OSError) as error:
        raise InputError(
            f"no controller answers at {url} ({_why(error)}): start one with `fastscale pulse run`, or read a log: "
            "--log FILE, --log-group NAME"
        ) from error
    except (ValueError, KeyError) as error:
        raise InputError(f"what answers at {url} is no controller of this kind") from error
    return entries


def from_log_group(logs: Any, group: str, *, since: float) -> list[Entry]:
    """The decisions in a CloudWatch log group since an epoch second; ``logs`` is a boto3 client. Raises InputError."""
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=int(since * 1000))
        lines = [event["message"] for page in pages for event in page["events"]]
    except (ClientError, *NO_ANSWER) as error:
        raise InputError(f"the log group {group} cannot be read: {cause(error)}") from error
    return sorted((entry for entry in map(_entry, lines) if entry is not None), key=lambda entry: float(entry["at"]))


def from_log(path: Path) -> list[Entry]:
    """The decisions and changes in a log of JSON lines; other lines are passed over. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return [entry for entry in map(_entry, text.splitlines()) if entry is not None]


def _entry(line: str) -> Entry | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and {"event", "service", "move", "at"} <= found.keys() else None


def _why(error: OSError) -> str:
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason)
