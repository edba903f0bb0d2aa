"""What Pulse decided, read from its log group: on AWS, too, its decisions are seen there from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastscale.demo.records import PulseNote


class PulseLog:
    """Decisions about the service ``resource_id`` in the log group ``group``; ``logs`` is a boto3 client."""

    def __init__(self, logs: Any, *, group: str, resource_id: str) -> None:
        self._logs = logs
        self._group = group
        self._resource_id = resource_id

    def notes(self, since: float) -> list[PulseNote]:
        """The decisions since an epoch second, oldest first. Raises what boto3 raises, also when there is no group."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, startTime=int(since * 1000)
        )
        read = [self._note(event) for page in pages for event in page["events"]]
        return sorted((note for note in read if note is not None), key=lambda note: note.at)

    def _note(self, event: Mapping[str, Any]) -> PulseNote | None:
        """The decision in a line; None for a line that holds none, or one about another service."""
        try:
            line = json.loads(event["message"])
        except ValueError:
            return None
        if not isinstance(line, dict) or line.get("service") != self._resource_id or "move" not in line:
            return None
        return PulseNote(
            at=float(line.get("at") or event["timestamp"] / 1000),
            move=str(line["move"]),
            desired=line.get("desired"),
            reason=str(line.get("reason", "")),
        )
