"""The readings of about the last minute, and how much they vary by chance."""

from __future__ import annotations

from dataclasses import dataclass

#: Readings that are kept: a minute of them at the usual pace of one a second.
MOST_READINGS = 60
#: What counts varied like before anything is known: three times what independent arrivals would. A burst in the first
#: seconds of a controller's life is then not taken for more than it is.
FIRST_DISPERSION = 3.0
#: Weight of one reading in the dispersion: about the last two minutes count.
DISPERSION_WEIGHT = 1 / 60
#: Late readings are put together for at most this long: a surge among them is to be seen, too.
LONGEST_LATE_SECONDS = 5.0
#: One reading counts at most this many times the dispersion so far, so that a surge or a gap is not taken for noise.
MOST_SURPRISE = 10.0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """``requests`` and ``seconds`` until each reading, added up, oldest first; they begin with zero.

    ``dispersion`` is the variance of counts over their mean: 1 for independent arrivals, more for bursty ones.
    ``late``: it is not sure when the newest reading ended, so that the next one may hold requests of its time.
    """

    requests: tuple[float, ...] = (0.0,)
    seconds: tuple[float, ...] = (0.0,)
    dispersion: float = FIRST_DISPERSION
    late: bool = False

    @property
    def readings(self) -> int:
        """How many readings there are."""
        return len(self.seconds) - 1

    def rate(self, readings: int, before: int = 0) -> float:
        """Mean requests/s over the last ``readings`` ones, without the newest ``before``."""
        last = -1 - before
        first = last - readings
        return (self.requests[last] - self.requests[first]) / (self.seconds[last] - self.seconds[first])

    def add(self, rate: float, seconds: float, *, late: bool = False) -> Arrivals:
        """With one more reading: ``rate`` requests/s over ``seconds``.

        Of two ``late`` readings in a row nobody knows what came before the moment between them and what after: they
        become one, until it is :data:`LONGEST_LATE_SECONDS` long.
        """
        requests, until = self.requests[-1] + rate * seconds, self.seconds[-1] + seconds
        if late and self.late and until - self.seconds[-2] <= LONGEST_LATE_SECONDS:
            return Arrivals((*self.requests[:-1], requests), (*self.seconds[:-1], until), self.dispersion, late=True)
        return Arrivals(
            (*self.requests[-MOST_READINGS:], requests),
            (*self.seconds[-MOST_READINGS:], until),
            self.dispersion if late or self.late else self._dispersion_after(rate, seconds),
            late,
        )

    def _dispersion_after(self, rate: float, seconds: float) -> float:
        """Neighbours differ by chance alone, whatever the trend: (a - b)^2 / (a + b) is the dispersion on average."""
        if len(self.seconds) < 2:
            return self.dispersion
        length = self.seconds[-1] - self.seconds[-2]
        before = (self.requests[-1] - self.requests[-2]) / length
        expected = rate / seconds + before / length
        if expected <= 0:
            return self.dispersion
        seen = min((rate - before) ** 2 / expected, MOST_SURPRISE * self.dispersion)
        return max(1.0, self.dispersion + DISPERSION_WEIGHT * (seen - self.dispersion))
