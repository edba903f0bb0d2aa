"""A season as bytes and back, exactly: a restart in between changes no forecast.

The bytes are compressed by zlib, whose checksum finds damage. Inside are one line of JSON with everything small, and
the numbers of the day's and the week's profile as little-endian single precision: 37 kB, whatever was learnt.
"""

from __future__ import annotations

import sys
import zlib
from array import array

from pydantic import BaseModel, ConfigDict, ValidationError

from fastscale.decide.pulse.season import Promise, Season
from fastscale.decide.pulse.season_pattern import Pattern, Rivals, Trust
from fastscale.decide.pulse.season_profile import DAILY, NUMBERS, WEEKLY, Cycle, Profile
from fastscale.decide.pulse.season_slots import OpenSlot
from fastscale.errors import PlanError, StoreError

#: Raised whenever older bytes would be misread; those are then refused, and learning begins anew.
VERSION = 1
#: Nothing that we wrote unpacks to more.
MOST_BYTES = 200_000


class _Head(BaseModel):
    """All but the profiles."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    version: int
    time_zone: str
    daily: Trust
    weekly: Trust
    rivals: Rivals | None
    promises: tuple[Promise, ...]
    open: OpenSlot | None
    closed: int | None


def to_bytes(season: Season) -> bytes:
    """The season, at most about 40 kB."""
    head = _Head(
        version=VERSION,
        time_zone=season.time_zone,
        daily=season.daily.trust,
        weekly=season.weekly.trust,
        rivals=season.rivals,
        promises=season.promises,
        open=season.open,
        closed=season.closed,
    )
    profiles = _packed(season.daily.profile) + _packed(season.weekly.profile)
    return zlib.compress(head.model_dump_json().encode() + b"\n" + profiles)


def from_bytes(content: bytes) -> Season:
    """What :func:`to_bytes` was given. Raises StoreError when it is damaged or of another version."""
    line, _, numbers = _unpacked(content).partition(b"\n")
    size = 4 * NUMBERS * DAILY.slots
    try:
        head = _Head.model_validate_json(line)
        if head.version != VERSION:
            raise StoreError(f"the history is of version {head.version}, this is for version {VERSION}")
        return Season(
            time_zone=head.time_zone,
            daily=Pattern(_profile(DAILY, numbers[:size]), head.daily),
            weekly=Pattern(_profile(WEEKLY, numbers[size:]), head.weekly),
            rivals=head.rivals,
            promises=head.promises,
            open=head.open,
            closed=head.closed,
        )
    except (ValidationError, PlanError) as error:
        raise StoreError("the history is not one that fastscale wrote") from error


def _packed(profile: Profile) -> bytes:
    return _little_endian(profile.numbers).tobytes()


def _profile(cycle: Cycle, content: bytes) -> Profile:
    if len(content) != 4 * NUMBERS * cycle.slots:
        raise StoreError(f"the history does not hold a {cycle.name} profile")
    return Profile(cycle, _little_endian(array("f", content)))


def _little_endian(numbers: array[float]) -> array[float]:
    if sys.byteorder == "little":
        return numbers
    swapped = numbers[:]
    swapped.byteswap()
    return swapped


def _unpacked(content: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(content, MOST_BYTES)
    except zlib.error as error:
        raise StoreError("the history is damaged, or not one that fastscale wrote") from error
    if not stream.eof:
        raise StoreError("the history is cut short, or longer than any that fastscale writes")
    return unpacked
