"""The CloudWatch Logs API: moto's but for FilterLogEvents, which ``aws logs tail`` lives on."""

from __future__ import annotations

import json
from typing import cast

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.responses import LogsResponse as MotoLogsResponse

from fastscale.localcloud.server.logs.streams import BoundedLogGroup, Position, position_of

#: FilterLogEvents answers at most this many events at once.
PAGE_SIZE = 10_000


class LogsResponse(MotoLogsResponse):
    """One request to CloudWatch Logs; each public method is the action of that name."""

    def filter_log_events(self) -> str:
        """FilterLogEvents: oldest first over all streams of the group."""
        params = json.loads(self.body)
        group = self._group(params.get("logGroupName") or params.get("logGroupIdentifier", ""))
        limit = min(params.get("limit") or PAGE_SIZE, PAGE_SIZE)
        found = group.find(
            names=params.get("logStreamNames", []),
            prefix=params.get("logStreamNamePrefix", ""),
            start=params.get("startTime"),
            end=params.get("endTime"),
            pattern=params.get("filterPattern"),
            after=_read_token(params.get("nextToken")),
            limit=limit + 1,
        )
        shown = found[:limit]
        answer: dict[str, object] = {"events": shown, "searchedLogStreams": []}
        if len(found) > limit:
            answer["nextToken"] = "/".join(str(part) for part in position_of(shown[-1]))
        return json.dumps(answer)

    def _group(self, name_or_arn: str) -> BoundedLogGroup:
        name = name_or_arn.rsplit(":log-group:", maxsplit=1)[-1].removesuffix(":*")
        group = self.logs_backend.groups.get(name)
        if group is None:
            raise ResourceNotFoundException
        return cast(BoundedLogGroup, group)


def _read_token(token: str | None) -> Position | None:
    if token is None:
        return None
    timestamp, _, event_id = token.partition("/")
    if not (timestamp.isdigit() and event_id.isdigit()):
        raise InvalidParameterException("The specified nextToken is invalid.")
    return int(timestamp), int(event_id)
