"""What is wrong with a design, in three lines: what, why with numbers, and the fix."""

from __future__ import annotations

from dataclasses import dataclass

#: Every code that a finding may have, and what it is about. Codes are never given to another meaning.
CODES = {
    "FS001": "an alarm's period is shorter than the time between datapoints",
    "FS002": "a cooldown is shorter than the repeat of Auto Scaling actions",
    "FS003": "steps leave a gap or overlap",
    "FS004": "an alarm fires where no step of its policy acts",
    "FS005": "a scale-out and a scale-in fight each other",
    "FS006": "floor and ceiling are the same",
    "FS007": "nothing is known to publish the metric",
    "FS008": "an alarm has no action",
    "FS009": "no alarm invokes the policy",
    "FS010": "the first step is too small for the surge",
    "FS011": "the ceiling is too low for the surge",
    "FS012": "the alarm can never have enough datapoints",
    "FS013": "a scale-in stops working when the service is idle",
    "FS014": "a schedule cannot do what it says",
    "FS015": "AWS refuses a value",
    "FS016": "nothing can scale out from zero tasks",
}


@dataclass(frozen=True)
class Finding:
    """A design that cannot work as meant.

    ``subject`` is the alarm, policy or schedule, or the logical id of a resource; ``service`` is None for what belongs
    to no service. Each of ``what``, ``why`` and ``fix`` is one line.
    """

    code: str
    subject: str
    what: str
    why: str
    fix: str
    service: str | None = None
