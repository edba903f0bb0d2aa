"""The simulated world from `KEY=VALUE` words: what a user knows of the service and its clients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastscale.errors import InputError
from fastscale.simulate.settings import Balancing, ServiceTimes, WorldSettings


@dataclass(frozen=True)
class _Key:
    """Where a value belongs in the settings, how its text becomes one, and what it means."""

    part: str
    field: str
    read: Callable[[str], Any]
    meaning: str


def _milliseconds(text: str) -> float:
    return float(text) / 1000


KEYS = {
    "workers": _Key("task", "workers", int, "requests that a task serves at a time"),
    "service_ms": _Key("task", "service_seconds", _milliseconds, "milliseconds that one needs on a free worker"),
    "service_times": _Key("task", "service_times", ServiceTimes, "fixed or exponential"),
    "queue_limit": _Key("task", "queue_limit", int, "requests that may wait in a task"),
    "cpu_full_percent": _Key("task", "cpu_full_percent", float, "CPU of a task whose workers are all busy"),
    "timeout": _Key("clients", "timeout_seconds", float, "seconds after which a client gives up"),
    "retries": _Key("clients", "retries", int, "times that a client sends a failed request again"),
    "retry_seconds": _Key("clients", "retry_seconds", int, "seconds until it does"),
    "balancing": _Key("", "balancing", Balancing, "round_robin or least_outstanding_requests"),
    "image_pull": _Key("startup", "image_pull_seconds", float, "seconds added to each start for a large image"),
    "startup_spread": _Key("startup", "spread", float, "0.1 is about 10 % between starts"),
    "visibility": _Key("delays", "visibility", float, "seconds until alarms see a datapoint"),
}


def with_words(settings: WorldSettings, words: Sequence[str]) -> WorldSettings:
    """``settings`` changed by words such as ``retries=2``. Raises InputError naming the key, the value and the fix."""
    for word in words:
        settings = _with_word(settings, word)
    return settings


def _with_word(settings: WorldSettings, word: str) -> WorldSettings:
    name, equals, text = word.partition("=")
    key = KEYS.get(name.strip())
    if key is None or not equals:
        raise InputError(f"--world {word!r}: write KEY=VALUE with one of {', '.join(KEYS)}")
    try:
        value = key.read(text.strip())
    except ValueError as error:
        raise InputError(f"--world {word}: must be {key.meaning}") from error
    if not key.part:
        return replace(settings, **{key.field: value})
    part = replace(getattr(settings, key.part), **{key.field: value})
    return replace(settings, **{key.part: part})
