"""What Pulse decided, read from its log group: on AWS, too, its decisions are seen there from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastscale.demo.records import PulseNote


class PulseLog:
    """Decisions in the log group of the ECS service ``pulse``; ``logs`` is a boto3 client.

    They are those about the service ``resource_id``, None for all.
    """

    def __init__(self, logs: Any, *, pulse: str, resource_id: str | None = None) -> None:
        self._logs = logs
        self._group = f"/ecs/{pulse}"
        self._resource_id = resource_id

    def notes(self, since: float) -> list[PulseNote]:
        """The decisions since an epoch second, oldest first. Raises what boto3 raises, also when there is no group."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, startTime=int(since * 1000)
        )
        read = [self._note(event) for page in pages for event in page["events"]]
        return sorted((note for note in read if note is not None), key=lambda note: note.at)

    def _note(self, event: Mapping[str, Any]) -> PulseNote | None:
        """The decision in a line, or what became of it; None for a line of another kind or about another service."""
        try:
            line = json.loads(event["message"])
        except ValueError:
            return None
        if not isinstance(line, dict) or "move" not in line or self._resource_id not in (None, line["service"]):
            return None
        return PulseNote(at=line["at"], move=line["move"], desired=line.get("wanted"), reason=line["reason"])
