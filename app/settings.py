"""The application's settings, all from the environment, each with a default that suits one Fargate task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from fastscale import names
from fastscale.errors import InputError

Value = TypeVar("Value", int, float)

ROUTES = ("cloudwatch", "emf", "off")


@dataclass(frozen=True)
class Settings:
    """What the environment may change.

    ``workers`` requests are served at a time, each for ``service_seconds`` of waiting: 10 of 0.1 s make a capacity of
    100 requests/s. Up to ``queue_limit`` more wait their turn. ``/memory`` holds ``memory_limit_mb`` MiB at most, for
    ``memory_hold_seconds``. ``meter_route`` is one of :data:`ROUTES`.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 10
    service_seconds: float = 0.1
    queue_limit: int = 300
    load_enabled: bool = True
    memory_enabled: bool = True
    memory_limit_mb: int = 128
    memory_hold_seconds: float = 30.0
    access_log: bool = False
    meter_route: str = "cloudwatch"
    meter_interval_seconds: float = 5.0
    meter_namespace: str = names.NAMESPACE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings. Raises InputError naming the variable, its value and what would be right."""
        read = _Reader(environment)
        return cls(
            host=environment.get("HOST", cls.host),
            port=read.number("PORT", cls.port, int, 1, 65535),
            workers=read.number("APP_WORKERS", cls.workers, int, 1, 10_000),
            service_seconds=read.number("APP_SERVICE_SECONDS", cls.service_seconds, float, 0, 60),
            queue_limit=read.number("APP_QUEUE_LIMIT", cls.queue_limit, int, 0, 100_000),
            load_enabled=read.switch("APP_LOAD_ENABLED", cls.load_enabled),
            memory_enabled=read.switch("APP_MEMORY_ENABLED", cls.memory_enabled),
            memory_limit_mb=read.number("APP_MEMORY_LIMIT_MB", cls.memory_limit_mb, int, 1, 65_536),
            memory_hold_seconds=read.number("APP_MEMORY_HOLD_SECONDS", cls.memory_hold_seconds, float, 0, 3600),
            access_log=read.switch("APP_ACCESS_LOG", cls.access_log),
            meter_route=read.choice("METER_ROUTE", cls.meter_route, ROUTES),
            meter_interval_seconds=read.number(names.METER_ENV_INTERVAL, cls.meter_interval_seconds, float, 1, 60),
            meter_namespace=environment.get(names.METER_ENV_NAMESPACE, cls.meter_namespace),
        )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def number(self, key: str, default: Value, convert: Callable[[str], Value], low: Value, high: Value) -> Value:
        text = self._environment.get(key)
        if text is None:
            return default
        try:
            value = convert(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            kind = "a whole number" if convert is int else "a number"
            raise InputError(f"{key}={text!r}: give {kind} between {low:g} and {high:g}")
        return value

    def switch(self, key: str, default: bool) -> bool:
        return self.choice(key, "1" if default else "0", ("0", "1")) == "1"

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        value = self._environment.get(key, default)
        if value not in choices:
            raise InputError(f"{key}={value!r}: give one of {', '.join(choices)}")
        return value
