"""What PutMetricData sends, checked as AWS checks it and turned into points.

Limits and rules: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html and
API_MetricDatum.html there. Unlike AWS, namespaces that start with ``AWS/`` are taken too: the parts of the local cloud
that play ECS and the load balancer publish their metrics this way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fastscale.localcloud.server.cloudwatch.errors import InvalidParameterCombination, InvalidParameterValue
from fastscale.localcloud.server.cloudwatch.store import MetricKey
from fastscale.localcloud.server.shapes import Shape
from fastscale.series import Datum, Point, StatisticSet, floor_time

MAX_METRICS = 1000
MAX_VALUES = 150
MAX_DIMENSIONS = 30
#: Timestamps may lie this far in the past and in the future, in seconds.
OLDEST_SECONDS = 14 * 86400
NEWEST_SECONDS = 2 * 3600
#: The largest magnitude of a value.
MAX_MAGNITUDE = 2.0**360
STANDARD_RESOLUTION = 60


def read(namespace: str, data: list[Shape], *, now: float) -> list[tuple[MetricKey, Point, str]]:
    """The points of a request with their metrics and units; none when any of them is wrong.

    Raises InvalidParameterValue or InvalidParameterCombination with AWS's words.
    """
    if len(data) > MAX_METRICS:
        raise InvalidParameterValue(f"The collection MetricData must not have a size greater than {MAX_METRICS}.")
    if namespace.startswith(":"):
        raise InvalidParameterValue("The value : for parameter Namespace is invalid.")
    return [_read(namespace, datum, f"MetricData.member.{number}", now) for number, datum in enumerate(data, 1)]


def dimensions_of(shapes: list[Shape]) -> tuple[tuple[str, str], ...]:
    """Dimensions as the store keeps them."""
    return tuple(sorted((shape["Name"], shape["Value"]) for shape in shapes))


def _read(namespace: str, datum: Shape, path: str, now: float) -> tuple[MetricKey, Point, str]:
    dimensions = datum.get("Dimensions", [])
    _check_size(dimensions, MAX_DIMENSIONS, f"{path}.Dimensions")
    resolution = datum.get("StorageResolution", STANDARD_RESOLUTION)
    if resolution not in (1, STANDARD_RESOLUTION):
        raise _invalid(resolution, f"{path}.StorageResolution")
    # A metric of standard resolution is stored by the minute, whatever second its data is of.
    timestamp = floor_time(_read_timestamp(datum, path, now), resolution)
    key = MetricKey(namespace, datum["MetricName"], dimensions_of(dimensions))
    return key, _read_point(datum, path, timestamp), datum.get("Unit", "None")


def _read_timestamp(datum: Shape, path: str, now: float) -> float:
    given: datetime | None = datum.get("Timestamp")
    if given is None:
        return now
    timestamp = given.replace(tzinfo=UTC).timestamp()
    if timestamp < now - OLDEST_SECONDS:
        raise InvalidParameterValue(f"The parameter {path}.Timestamp must specify a time within the past two weeks.")
    if timestamp > now + NEWEST_SECONDS:
        raise InvalidParameterValue(
            f"The parameter {path}.Timestamp must specify a time no more than two hours in the future."
        )
    return timestamp


def _read_point(datum: Shape, path: str, timestamp: float) -> Point:
    given = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
    if len(given) > 1:
        both = " and ".join(f"{path}.{name}" for name in given[:2])
        raise InvalidParameterCombination(f"The parameters {both} are mutually exclusive and you have specified both.")
    if not given:
        raise InvalidParameterCombination("At least one of the parameters must be specified.")
    if "StatisticValues" in datum:
        return _read_statistics(datum["StatisticValues"], f"{path}.StatisticValues", timestamp)
    if "Value" in datum:
        return Datum(timestamp, (_number(datum["Value"], f"{path}.Value"),))
    return Datum(timestamp, *_read_values(datum, path))


def _read_values(datum: Shape, path: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    values, counts = datum["Values"], datum.get("Counts", [])
    _check_size(values, MAX_VALUES, f"{path}.Values")
    if not values:
        raise InvalidParameterValue(f"The collection {path}.Values must not be empty.")
    if counts and len(counts) != len(values):
        raise InvalidParameterValue(f"The parameters {path}.Values and {path}.Counts must be of the same size.")
    if any(float(count) < 0 for count in counts):
        raise InvalidParameterValue(f"The collection {path}.Counts must not hold negative values.")
    read_values = tuple(_number(value, f"{path}.Values") for value in values)
    return read_values, tuple(_number(count, f"{path}.Counts") for count in counts)


def _read_statistics(shape: Shape, path: str, timestamp: float) -> StatisticSet:
    names = ("Sum", "Minimum", "Maximum", "SampleCount")
    total, minimum, maximum, count = (_number(shape[name], f"{path}.{name}") for name in names)
    if count <= 0:
        raise _invalid(count, f"{path}.SampleCount")
    if minimum > maximum:
        raise InvalidParameterValue(f"The parameter {path}.Maximum must be greater than {path}.Minimum.")
    return StatisticSet(timestamp, sum=total, minimum=minimum, maximum=maximum, sample_count=count)


def _number(value: Any, path: str) -> float:
    """The value as a number; protocols write those that JSON does not have as words."""
    number = float(value)
    if not math.isfinite(number) or abs(number) > MAX_MAGNITUDE:
        raise _invalid(_spelled(number), path)
    return number


def _spelled(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return repr(number)


def _check_size(items: list[Any], most: int, path: str) -> None:
    if len(items) > most:
        raise InvalidParameterValue(f"The collection {path} must not have a size greater than {most}.")


def _invalid(value: object, path: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"The value {value} for parameter {path} is invalid.")


def matching(keys: list[MetricKey], request: Shape) -> Iterator[MetricKey]:
    """The metrics that ListMetrics asks for; a dimension without a value matches any."""
    wanted = [(shape["Name"], shape.get("Value")) for shape in request.get("Dimensions", [])]
    for key in keys:
        if request.get("Namespace") not in (None, key.namespace) or request.get("MetricName") not in (None, key.name):
            continue
        own = dict(key.dimensions)
        if all(name in own and value in (None, own[name]) for name, value in wanted):
            yield key
