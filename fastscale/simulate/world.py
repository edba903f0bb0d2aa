"""The simulated world from `KEY=VALUE` words: what a user knows of the service and its clients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from fastscale.errors import InputError
from fastscale.simulate.ranges import range_of
from fastscale.simulate.settings import Balancing, ServiceTimes, WorldSettings


@dataclass(frozen=True)
class _Number:
    """A number of the settings: the part that it is in, its field there, and how its text becomes one."""

    part: str
    field: str
    read: Callable[[str], float]
    in_thousandths: bool = False

    def told(self, settings: WorldSettings, word: str, text: str) -> float:
        """The value that ``text`` stands for."""
        kept = range_of(getattr(settings, self.part), self.field)
        wanted = kept.in_thousandths if self.in_thousandths else kept
        try:
            value = self.read(text)
        except ValueError as error:
            raise InputError(f"--world {word}: give {wanted}") from error
        wanted.require(f"--world {word}", value)
        return value / 1000 if self.in_thousandths else value


@dataclass(frozen=True)
class _Choice:
    """A choice of the settings: the part that it is in ("" is none), its field there, and what there is."""

    part: str
    field: str
    choices: type[StrEnum]

    def told(self, _settings: WorldSettings, word: str, text: str) -> StrEnum:
        """The choice called ``text``."""
        try:
            return self.choices(text)
        except ValueError as error:
            raise InputError(f"--world {word}: give {' or '.join(self.choices)}") from error


KEYS: dict[str, _Number | _Choice] = {
    "workers": _Number("task", "workers", int),
    "service_ms": _Number("task", "service_seconds", float, in_thousandths=True),
    "service_times": _Choice("task", "service_times", ServiceTimes),
    "queue_limit": _Number("task", "queue_limit", int),
    "cpu_full_percent": _Number("task", "cpu_full_percent", float),
    "timeout": _Number("clients", "timeout_seconds", float),
    "retries": _Number("clients", "retries", int),
    "retry_seconds": _Number("clients", "retry_seconds", int),
    "balancing": _Choice("", "balancing", Balancing),
    "image_pull": _Number("startup", "image_pull_seconds", float),
    "startup_spread": _Number("startup", "spread", float),
    "visibility": _Number("delays", "visibility", float),
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
    value: Any = key.told(settings, word, text.strip())
    if not key.part:
        return replace(settings, **{key.field: value})
    part = replace(getattr(settings, key.part), **{key.field: value})
    return replace(settings, **{key.part: part})
