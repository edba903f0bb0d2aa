"""The CloudWatch back end: moto's dashboards, our own alarms and metrics."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import cast

from moto.cloudwatch.exceptions import ResourceNotFoundException
from moto.cloudwatch.models import CloudWatchBackend as MotoCloudWatchBackend
from moto.cloudwatch.models import cloudwatch_backends

from fastscale.localcloud.server.cloudwatch.alarms import AlarmBook
from fastscale.localcloud.server.cloudwatch.store import MetricStore
from fastscale.localcloud.server.settings import ACCOUNT_ID, active
from fastscale.localcloud.server.shapes import Shape


class CloudWatchBackend(MotoCloudWatchBackend):
    """CloudWatch of one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.alarm_book = AlarmBook(f"arn:{self.partition}:cloudwatch:{region_name}:{account_id}:alarm:")
        self.metrics = MetricStore(active().visibility_seconds)

    def put_alarm(self, request: Shape) -> str:
        """PutMetricAlarm, with its tags; returns the alarm's ARN."""
        arn = self.alarm_book.put(request, now=time.time())
        if request.get("Tags"):
            self.tagger.tag_resource(arn, request["Tags"])
        return arn

    def delete_alarms(self, alarm_names: Iterable[str]) -> None:
        """DeleteAlarms."""
        self.alarm_book.delete(alarm_names, now=time.time())

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """TagResource of an alarm."""
        if arn not in {alarm["AlarmArn"] for alarm in self.alarm_book.all()}:
            raise ResourceNotFoundException
        self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))


def backend() -> CloudWatchBackend:
    """CloudWatch of the region that this server plays."""
    return cast(CloudWatchBackend, cloudwatch_backends[ACCOUNT_ID][active().region])
