"""Metrics and the CloudWatch alarms on them."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from fastscale.plan.model import Model


class Comparison(StrEnum):
    """ComparisonOperator of an alarm (the static ones; band operators belong to anomaly detection)."""

    GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    GREATER = "GreaterThanThreshold"
    LESS = "LessThanThreshold"
    LESS_OR_EQUAL = "LessThanOrEqualToThreshold"


class MissingData(StrEnum):
    """TreatMissingData of an alarm."""

    MISSING = "missing"
    NOT_BREACHING = "notBreaching"
    BREACHING = "breaching"
    IGNORE = "ignore"


class Metric(Model):
    """A CloudWatch metric with the statistic that is taken of it.

    ``statistic`` is ``Average``, ``Sum``, ``Minimum``, ``Maximum``, ``SampleCount`` or an extended one such as ``p99``.
    ``dimensions`` is a sorted tuple of (name, value) pairs; empty means the metric without dimensions.
    """

    namespace: str = Field(min_length=1)
    name: str = Field(min_length=1)
    statistic: str = "Average"
    dimensions: tuple[tuple[str, str], ...] = ()
    unit: str | None = None

    @field_validator("dimensions")
    @classmethod
    def _sorted(cls, value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(value))


class MetricQuery(Model):
    """One entry of an alarm's or policy's metric math: a metric, or an expression over other entries."""

    id: str = Field(pattern=r"^[a-z][a-zA-Z0-9_]*$")
    metric: Metric | None = None
    expression: str | None = None
    period: int | None = Field(default=None, gt=0)
    return_data: bool = True

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.metric is None) == (self.expression is None):
            raise ValueError(f"metric query {self.id!r} needs either a metric or an expression")
        return self


class Alarm(Model):
    """A CloudWatch metric alarm.

    ``period`` is in seconds; ``datapoints_to_alarm`` of the newest ``evaluation_periods`` datapoints must breach.
    ``policies`` names the scaling policies it invokes in ALARM, ``notify`` sends ALARM and OK to the alert topic.
    Exactly one of ``metric`` and ``queries`` is given; with ``queries`` one of them returns data.
    """

    name: str = Field(min_length=1, max_length=255)
    metric: Metric | None = None
    queries: tuple[MetricQuery, ...] = ()
    period: int = 60
    evaluation_periods: int = Field(default=1, ge=1)
    datapoints_to_alarm: int | None = Field(default=None, ge=1)
    threshold: float
    comparison: Comparison = Comparison.GREATER
    missing_data: MissingData = MissingData.MISSING
    policies: tuple[str, ...] = ()
    notify: bool = False
    description: str = ""

    @property
    def datapoints_needed(self) -> int:
        """M of "M of N": AWS takes N when DatapointsToAlarm is not set."""
        return self.datapoints_to_alarm or self.evaluation_periods

    @field_validator("period")
    @classmethod
    def _period(cls, value: int) -> int:
        if value in (10, 20, 30) or (value > 0 and value % 60 == 0):
            return value
        raise ValueError(f"period {value} is not 10, 20, 30 or a multiple of 60 seconds")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.datapoints_needed > self.evaluation_periods:
            raise ValueError(
                f"datapoints_to_alarm {self.datapoints_to_alarm} is more than "
                f"evaluation_periods {self.evaluation_periods}"
            )
        if (self.metric is None) == (not self.queries):
            raise ValueError("an alarm needs either a metric or metric queries")
        if self.queries and sum(query.return_data for query in self.queries) != 1:
            raise ValueError("exactly one metric query of an alarm must return data")
        return self
