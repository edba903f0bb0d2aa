"""Built-in traffic: the mean rate over time of seven kinds of day that a service may have.

Every shape goes from ``base`` to ``peak`` requests/s, begins to rise at ``at`` seconds and lasts ``seconds``. Rates are
means; :meth:`Trace.noisy` draws whole requests around them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from fastscale.errors import TraceError
from fastscale.load.shape import Shape, surge
from fastscale.simulate.traffic.trace import MAX_SECONDS, Rates, Trace

DAY_SECONDS = 86_400
#: In requests/s. Whole requests cannot be drawn around much higher rates.
HIGHEST_PEAK = 1e12


@dataclass(frozen=True, kw_only=True)
class ShapeOptions:
    """``base`` and ``peak`` in requests/s, the rest in seconds. ``rise`` is how long the rise takes (or a cycle)."""

    base: float = 60.0
    peak: float = 600.0
    seconds: int = 900
    at: int = 300
    rise: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.base <= self.peak:
            raise TraceError(f"base {self.base:g} is not between 0 and peak {self.peak:g} requests/s")
        if self.peak > HIGHEST_PEAK:
            raise TraceError(f"peak {self.peak:g} is above {HIGHEST_PEAK:g} requests/s: give a rate that can be")
        if self.seconds > MAX_SECONDS:
            raise TraceError(f"seconds {self.seconds} is above {MAX_SECONDS}: give a shorter shape")
        if not 0 < self.at < self.seconds:
            raise TraceError(f"at {self.at:g} s is not within the {self.seconds:g} s of the shape")
        if not self.rise > 0:
            raise TraceError(f"rise {self.rise:g} s is not longer than 0 s")


def shape(name: str, options: ShapeOptions | None = None) -> Trace:
    """The built-in traffic called ``name``. Raises TraceError naming the ones that exist."""
    make = SHAPES.get(name)
    if make is None:
        raise TraceError(f"unknown traffic shape {name!r}: choose one of {', '.join(SHAPES)}")
    return Trace(name=name, rates=make(options or ShapeOptions()))


def from_shape(name: str, load_shape: Shape) -> Trace:
    """The mean rate in each second of a shape that the load generator can offer."""
    edges = np.arange(int(np.ceil(load_shape.duration_seconds)) + 1, dtype=np.float64)
    at = np.array([point.at_seconds for point in load_shape.points], dtype=np.float64)
    rates = np.array([point.rate for point in load_shape.points], dtype=np.float64)
    return Trace(name=name, rates=np.diff(_integral(at, rates, edges)))


def parse_options(text: str) -> ShapeOptions:
    """Options from ``key=value,key=value``. Raises TraceError naming the key that is wrong."""
    kinds = {option.name: int if option.type == "int" else float for option in fields(ShapeOptions)}
    given: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        key, _, value = part.partition("=")
        if key not in kinds:
            raise TraceError(f"shape option {key!r} does not exist: choose from {', '.join(kinds)}")
        try:
            given[key] = kinds[key](value)
        except ValueError:
            raise TraceError(f"shape option {key}={value!r} is not a number") from None
    return ShapeOptions(**given)  # type: ignore[arg-type]  # the values have the kinds of the fields, checked above


def _integral(at: Rates, rates: Rates, edges: Rates) -> Rates:
    """Requests until each edge, for a piecewise linear rate that may jump."""
    until = np.concatenate([[0.0], np.cumsum(np.diff(at) * (rates[1:] + rates[:-1]) / 2)])
    segment = np.clip(np.searchsorted(at, edges, side="right") - 1, 0, at.size - 2)
    width = at[segment + 1] - at[segment]
    into = np.clip(edges - at[segment], 0, width)
    slope = np.divide(rates[segment + 1] - rates[segment], width, out=np.zeros_like(width), where=width > 0)
    total: Rates = until[segment] + rates[segment] * into + slope * into**2 / 2
    return total


def _step(o: ShapeOptions) -> Rates:
    """Calm, then the peak until the end."""
    load = surge(
        calm_rate=o.base,
        surge_rate=o.peak,
        calm_seconds=o.at,
        surge_seconds=o.seconds - o.at,
        rise_seconds=o.rise,
    )
    return from_shape("step", load).rates


def _spike(o: ShapeOptions) -> Rates:
    """The peak for a minute (or what is left), then calm again."""
    t = _time(o)
    return np.where((t >= o.at) & (t < o.at + 60), o.peak, o.base).astype(np.float64)


def _ramp(o: ShapeOptions) -> Rates:
    """A straight rise from ``at`` to the end."""
    risen = np.clip((_time(o) - o.at) / (o.seconds - o.at), 0, 1)
    return o.base + (o.peak - o.base) * risen


def _flash_crowd(o: ShapeOptions) -> Rates:
    """A link goes round: a rise within a minute that fades with a half-life of ten minutes."""
    since = _time(o) - o.at
    rise = np.clip(since / 60, 0, 1)
    fade = 0.5 ** (np.maximum(since - 60, 0) / 600)
    return o.base + (o.peak - o.base) * np.where(since > 0, rise * fade, 0)


def _sawtooth(o: ShapeOptions) -> Rates:
    """From ``at`` on, straight rises of ten minutes, each followed by a fall at once."""
    since = _time(o) - o.at
    return o.base + (o.peak - o.base) * np.where(since > 0, since % 600 / 600, 0)


def _diurnal(o: ShapeOptions) -> Rates:
    """A day's wave with its trough at the start, whatever ``at`` says, on which slow noise of 5 % rides."""
    t = _time(o)
    wave = (1 - np.cos(2 * np.pi * t / DAY_SECONDS)) / 2
    drift = np.random.default_rng(int(o.peak)).normal(0, 0.05, t.size // 60 + 2)
    noise = np.interp(t, np.arange(drift.size) * 60.0, drift)
    return np.maximum((o.base + (o.peak - o.base) * wave) * (1 + noise), 0)


def _thundering_retry(o: ShapeOptions) -> Rates:
    """Half a minute of outage, after which all clients come back in waves 1, 2, 4 … s apart, each half as high."""
    t, end = _time(o), o.at + 30
    rates = np.where((t >= o.at) & (t < end), 0, o.base).astype(np.float64)
    height, offset, pause = o.peak - o.base, 0, 1
    while height > o.base / 10 and end + offset < o.seconds and height >= 1:
        rates[end + offset] += height
        offset, pause, height = offset + pause, pause * 2, height / 2
    return rates


def _time(o: ShapeOptions) -> Rates:
    return np.arange(o.seconds, dtype=np.float64)


SHAPES: dict[str, Callable[[ShapeOptions], Rates]] = {
    "step": _step,
    "spike": _spike,
    "ramp": _ramp,
    "flash-crowd": _flash_crowd,
    "sawtooth": _sawtooth,
    "diurnal": _diurnal,
    "thundering-retry": _thundering_retry,
}
