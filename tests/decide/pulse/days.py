"""Days of load, a minute at a time, for timelines that last weeks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastscale.decide.pulse.observation import Forecast
from fastscale.decide.pulse.season import Season

#: Requests/s by the hour of local time.
Day = Callable[[float], float]


def shop(hour: float) -> float:
    """An ordinary day: quiet nights, work from nine to six, and a sale from 12:00 to 12:30."""
    if 12 <= hour < 12.5:
        return 2000.0
    return 400.0 if 9 <= hour < 18 else 60.0


def quiet(hour: float) -> float:
    """A holiday, or a Sunday: the night goes on."""
    return 60.0 + 5 * (hour >= 9)


class Week:
    """Time that passes over a season: whole days, or until an hour of the present day."""

    def __init__(self, time_zone: str = "Asia/Seoul", first: str = "2026-03-02") -> None:
        self.zone = ZoneInfo(time_zone)
        self.midnight = datetime.fromisoformat(first).replace(tzinfo=self.zone)  # a Monday
        self.now = self.midnight.timestamp()
        self.season = Season(time_zone=time_zone)

    def days(self, *days: Day) -> None:
        """Live through whole days of local time."""
        for day in days:
            for _ in self.minutes(day):
                pass
            self.midnight += timedelta(days=1)  # of the calendar, however many hours it has

    def until(self, hour: float, day: Day) -> None:
        """Live on until ``hour`` of the present day."""
        for _ in self.minutes(day, hour):
            pass

    def minutes(self, day: Day, hour: float = 24) -> Iterator[float]:
        """The same, telling the hour after every minute."""
        end = (self.midnight + timedelta(hours=hour)).timestamp()
        while self.now < end:
            local = datetime.fromtimestamp(self.now, self.zone)
            self.now += 60
            self.season = self.season.learn(self.now, day(local.hour + local.minute / 60), 60)
            yield local.hour + (local.minute + 1) / 60

    def forecast(self) -> Forecast | None:
        return self.season.forecast(self.now, startup_seconds=30, requests_per_task=100)

    def floor(self) -> int | None:
        found = self.forecast()
        return None if found is None else found.floor
