"""The CloudWatch Logs back end: moto's, with groups whose streams are bounded."""

from __future__ import annotations

from typing import Any

from moto.logs.models import LogGroup
from moto.logs.models import LogsBackend as MotoLogsBackend

from fastscale.localcloud.server.logs.streams import BoundedLogGroup


class LogsBackend(MotoLogsBackend):
    """CloudWatch Logs of one region."""

    def create_log_group(self, log_group_name: str, tags: dict[str, str], **kwargs: Any) -> LogGroup:
        """CreateLogGroup."""
        super().create_log_group(log_group_name, tags, **kwargs)
        # moto marks methods as abstract without making the class so.
        group = BoundedLogGroup(self.account_id, self.region_name, log_group_name, **kwargs)  # type: ignore[abstract]
        self.groups[log_group_name] = group
        return group
