"""The CloudWatch API."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import cast

from moto.cloudwatch.responses import CloudWatchResponse as MotoCloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from fastscale.localcloud.server.cloudwatch import queries
from fastscale.localcloud.server.cloudwatch.metric_data import matching, read
from fastscale.localcloud.server.cloudwatch.models import CloudWatchBackend
from fastscale.localcloud.server.shapes import Shape, page


class CloudWatchResponse(MotoCloudWatchResponse):
    """One request to CloudWatch; each public method is the action of that name."""

    @property
    def own(self) -> CloudWatchBackend:
        """The back end of the request's region."""
        return cast(CloudWatchBackend, self.cloudwatch_backend)

    # -- alarms --------------------------------------------------------------------------------------------------

    def put_metric_alarm(self) -> ActionResult:
        """PutMetricAlarm."""
        self.own.put_alarm(self.params)
        return EmptyResult()

    def describe_alarms(self) -> ActionResult:
        """DescribeAlarms."""
        types = self.params.get("AlarmTypes") or ["MetricAlarm"]
        alarms = self.own.alarm_book.all() if "MetricAlarm" in types else []
        found = [alarm for alarm in alarms if self._wanted(alarm)]
        shown, token = page(found, self.params.get("NextToken"), self.params.get("MaxRecords") or 50)
        return ActionResult({"MetricAlarms": shown, "CompositeAlarms": [], "NextToken": token})

    def describe_alarms_for_metric(self) -> ActionResult:
        """DescribeAlarmsForMetric."""
        keys = [key for key in ("MetricName", "Namespace", "Statistic", "Period", "Unit") if self.params.get(key)]
        dimensions = _sorted(self.params.get("Dimensions", []))
        found = [
            alarm
            for alarm in self.own.alarm_book.all()
            if all(alarm.get(key) == self.params[key] for key in keys) and _sorted(alarm["Dimensions"]) == dimensions
        ]
        return ActionResult({"MetricAlarms": found})

    def describe_alarm_history(self) -> ActionResult:
        """DescribeAlarmHistory, newest first unless asked otherwise."""
        start, end = _epoch(self.params.get("StartDate")), _epoch(self.params.get("EndDate"))
        found = [
            item
            for item in self.own.alarm_book.history()
            if self.params.get("AlarmName") in (None, item["AlarmName"])
            and self.params.get("HistoryItemType") in (None, item["HistoryItemType"])
            and (start is None or item["Timestamp"] >= start)
            and (end is None or item["Timestamp"] <= end)
        ]
        if self.params.get("ScanBy") == "TimestampAscending":
            found.reverse()
        shown, token = page(found, self.params.get("NextToken"), self.params.get("MaxRecords") or 100)
        return ActionResult({"AlarmHistoryItems": shown, "NextToken": token})

    def delete_alarms(self) -> ActionResult:
        """DeleteAlarms."""
        self.own.delete_alarms(self.params.get("AlarmNames", []))
        return EmptyResult()

    def set_alarm_state(self) -> ActionResult:
        """SetAlarmState."""
        self.own.alarm_book.set_state(
            self.params["AlarmName"],
            self.params["StateValue"],
            self.params["StateReason"],
            self.params.get("StateReasonData"),
            now=time.time(),
        )
        return EmptyResult()

    def enable_alarm_actions(self) -> ActionResult:
        """EnableAlarmActions."""
        self.own.alarm_book.enable_actions(self.params.get("AlarmNames", []), enabled=True, now=time.time())
        return EmptyResult()

    def disable_alarm_actions(self) -> ActionResult:
        """DisableAlarmActions."""
        self.own.alarm_book.enable_actions(self.params.get("AlarmNames", []), enabled=False, now=time.time())
        return EmptyResult()

    # -- metrics -------------------------------------------------------------------------------------------------

    def put_metric_data(self) -> ActionResult:
        """PutMetricData."""
        now = time.time()
        self.own.metrics.put(read(self.params["Namespace"], self.params.get("MetricData", []), now=now), now=now)
        return EmptyResult()

    def get_metric_statistics(self) -> ActionResult:
        """GetMetricStatistics."""
        datapoints = queries.statistics(self.own.metrics, self.params, **self._window(), now=time.time())
        return ActionResult({"Label": self.params["MetricName"], "Datapoints": datapoints})

    def get_metric_data(self) -> ActionResult:
        """GetMetricData."""
        results = queries.metric_data(self.own.metrics, self.params, **self._window(), now=time.time())
        return ActionResult({"MetricDataResults": results, "Messages": []})

    def list_metrics(self) -> ActionResult:
        """ListMetrics, 500 a page."""
        found = [
            {
                "Namespace": key.namespace,
                "MetricName": key.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in key.dimensions],
            }
            for key in matching(self.own.metrics.keys(), self.params)
        ]
        shown, token = page(found, self.params.get("NextToken"), 500)
        return ActionResult({"Metrics": shown, "NextToken": token})

    def _window(self) -> dict[str, float]:
        times = {"start": self.params["StartTime"], "end": self.params["EndTime"]}
        return {name: moment.replace(tzinfo=UTC).timestamp() for name, moment in times.items()}

    def _wanted(self, alarm: Shape) -> bool:
        names, prefix = self.params.get("AlarmNames"), self.params.get("AlarmNamePrefix")
        state, action = self.params.get("StateValue"), self.params.get("ActionPrefix")
        actions = [*alarm["AlarmActions"], *alarm["OKActions"], *alarm["InsufficientDataActions"]]
        return (
            (not names or alarm["AlarmName"] in names)
            and (not prefix or alarm["AlarmName"].startswith(prefix))
            and (not state or alarm["StateValue"] == state)
            and (not action or any(arn.startswith(action) for arn in actions))
        )


def _sorted(dimensions: list[Shape]) -> list[tuple[str, str]]:
    return sorted((dimension["Name"], dimension["Value"]) for dimension in dimensions)


def _epoch(moment: datetime | None) -> float | None:
    """Epoch seconds of a time parameter, which moto hands over without its zone, in UTC."""
    return moment.replace(tzinfo=UTC).timestamp() if moment is not None else None
