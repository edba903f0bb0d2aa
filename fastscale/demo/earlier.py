"""Where a run leaves its report, and the last run of the other profile to put beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastscale import profiles
from fastscale.demo import report
from fastscale.demo.report import Traffic
from fastscale.demo.settings import DemoSettings
from fastscale.errors import InputError

REPORT = "report.json"
#: What may differ between two runs that are compared: a slower answer is watched for longer, and seeds are only luck.
MAY_DIFFER = {"calm_seconds", "surge_seconds", "seed", "spacing"}


def folder_of(profile: str) -> Path:
    """The folder of a profile's reports, unless the user names one: that of the default is also every other plan's."""
    others = profiles.PROFILES.keys() - {profiles.default().profile}
    return DemoSettings.out_dir.with_name(profile) if profile in others else DemoSettings.out_dir


def beside_earlier(settings: DemoSettings, profile: str) -> DemoSettings:
    """``settings`` of a run of ``profile`` that is compared with the last one of another shipped profile.

    Unchanged when the user named a report to compare with, or when there was no such run under the same traffic.
    """
    if settings.compare is not None or profile not in profiles.PROFILES:
        return settings
    for folder in (settings.out_dir, *map(folder_of, profiles.PROFILES)):
        if _comparable(folder / REPORT, settings, profile):
            return replace(settings, compare=folder / REPORT)
    return settings


def _comparable(path: Path, settings: DemoSettings, profile: str) -> bool:
    """Whether a run of another shipped profile met the same traffic. What cannot be read is none: nobody named it."""
    try:
        other = report.read(path)
    except InputError:
        return False
    same = Traffic.model_fields.keys() - MAY_DIFFER
    return other.profile in profiles.PROFILES.keys() - {profile} and all(
        getattr(other.settings, name) == getattr(settings, name) for name in same
    )
