"""From a plan to the text of a file that gives the same plan back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from fastscale.plan import Plan
from fastscale.plan_file.keys import NAMED_LISTS, KeyPath, dotted, key, quoted

#: What stands above a table, by key path.
COMMENTS: dict[KeyPath, str] = {
    (): "Rates are requests per second, times are seconds, capacities are tasks.",
    ("network",): "The VPC. egress is nat or endpoints: `fastscale cost` tells the difference a month.",
    ("load_balancer",): (
        "The application load balancer and the health check of its target group.\n"
        "algorithm is round_robin, least_outstanding_requests or weighted_random; certificate_arn adds HTTPS."
    ),
    ("service",): (
        "The ECS service; percentages are of the desired count during a deployment.\n"
        "spot_percent of the tasks above min_capacity run on Fargate Spot; enable_exec is for development."
    ),
    ("task",): (
        "The Fargate task: CPU units, MiB, and how long it takes to start and stop.\n"
        "architecture is x86_64 or arm64; image is the URI of one that exists."
    ),
    ("metering",): "How the application publishes its load.",
    ("pulse",): "Pulse, the controller that looks at every task once a second and sets the task count itself.",
    ("scaling",): "The scalable target: floor and ceiling, and what moves the count between them.",
    ("scaling", "step_policies"): "Step scaling. The bounds of a step are offsets from the alarm's threshold.",
    (
        "scaling",
        "target_policies",
    ): "Target tracking. A predefined name that ends in HighResolution reads 20 s metrics.",
    ("scaling", "predictive"): "Predictive scaling. mode is ForecastOnly or ForecastAndScale.",
    ("scaling", "schedules"): "Scheduled actions.",
    ("alarms",): "Alarms: datapoints_to_alarm of the newest evaluation_periods must breach.",
    ("notifications",): "Who hears of alarms: email, or the existing topic_arn.",
    ("events",): "One-off events: from start to end (seconds since 1970, or date-times) the floor is min_capacity.",
}


def dump(plan: Plan) -> str:
    """``plan`` as a complete, commented file: :func:`fastscale.plan_file.load` gives an equal plan back.

    The one exception is ``profile``: a complete file starts from no profile, so the plan read back says ``custom``.
    """
    data = plan.model_dump(exclude={"profile"}, exclude_none=True)
    return "\n".join(_table((), data)).strip() + "\n"


def _table(path: KeyPath, table: Mapping[str, Any]) -> Iterator[str]:
    """A table's header, its values, then the tables in it. What stands inside an alarm or policy is one line a key."""
    inner = {name: part for name, part in table.items() if _is_table((*path, name), part)}
    values = {name: part for name, part in table.items() if name not in inner and part not in ((), {})}
    if path in COMMENTS:
        yield ""
        yield from (f"# {line}" for line in COMMENTS[path].splitlines())
    elif values:
        yield ""
    if path and (values or not inner):
        yield f"[{dotted(path)}]"
    for name, part in values.items():
        yield f"{key(name)} = {_value(part, name)}"
    for name, part in inner.items():
        yield from _table((*path, name), _entries(part) if (*path, name) in NAMED_LISTS else part)


def _is_table(path: KeyPath, value: Any) -> bool:
    return path in NAMED_LISTS or (isinstance(value, Mapping) and path[:-2] not in NAMED_LISTS)


def _entries(entries: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return {entry["name"]: {name: part for name, part in entry.items() if name != "name"} for entry in entries}


def _value(value: Any, name: str = "") -> str:
    if name == "dimensions":
        return _inline(dict(value))
    if isinstance(value, str):
        return quoted(value.value if isinstance(value, Enum) else value)
    if isinstance(value, Mapping):
        return _inline(value)
    if isinstance(value, tuple):
        return _list(value)
    return _scalar(value)


def _scalar(value: bool | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if float(value).is_integer() else repr(value)


def _list(parts: tuple[Any, ...]) -> str:
    """Tables stand one below the other, values side by side."""
    if any(isinstance(part, Mapping) for part in parts):
        return "[\n" + "".join(f"  {_value(part)},\n" for part in parts) + "]"
    return "[" + ", ".join(_value(part) for part in parts) + "]"


def _inline(table: Mapping[str, Any]) -> str:
    pairs = (f"{key(name)} = {_value(part, name)}" for name, part in table.items() if part not in ((), {}))
    return "{ " + ", ".join(pairs) + " }"
